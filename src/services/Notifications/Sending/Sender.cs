using System.Diagnostics;
using System.Diagnostics.Metrics;
using Kampung.Messaging;
using Kampung.Notifications.Storage;
using Microsoft.Extensions.Options;

namespace Kampung.Notifications.Sending;

/// <summary>
/// Sends what waits for one channel, oldest first, a few at a time. A message that fails is tried again with growing waits, then given up, as is one that is refused
/// for good; either way the reason stands in its document. A crash between sending and noting it sends again: the mailbox then holds the same file, an SMTP
/// server gets a message with the same Message-ID, and WhatsApp, which knows no such id, shows it twice.
/// </summary>
sealed class Sender<TChannel>(TChannel channel, Announcement announcement, IServiceScopeFactory scopes, IOptions<SendingOptions> options, TimeProvider time, ILogger<TChannel> log)
    : BackgroundService where TChannel : IChannel
{
    static readonly ActivitySource Tracing = new("Kampung.Notifications");
    static readonly Meter Metrics = new("Kampung.Notifications");
    static readonly Counter<long> Sent = Metrics.CreateCounter<long>("kampung.notifications.sent");
    static readonly Counter<long> Failed = Metrics.CreateCounter<long>("kampung.notifications.failed");

    // Longer than any server should take for a message, shorter than the host waits for us when it stops.
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(25);

    // The others rest as long as the first one finds nothing.
    const int RestingPolls = 8;

    readonly SemaphoreSlim more = new(0);
    readonly Signal announced = announcement.Listen();

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(
    [
        GatherAsync(stoppingToken),
        .. Enumerable.Range(0, options.Value.AtOnce).Select(i => SendAllAsync(i == 0 ? options.Value.Poll : options.Value.Poll * RestingPolls, stoppingToken)),
    ]);

    /// <summary>Wakes one sender some time after something was written, so that what is written meanwhile is sent with it.</summary>
    async Task GatherAsync(CancellationToken stop)
    {
        while (true)
        {
            await announced.WaitAsync(stop);
            await Task.Delay(options.Value.Gather, stop);
            WakeOne();
        }
    }

    void WakeOne()
    {
        if (more.CurrentCount == 0) more.Release();
    }

    /// <remarks>One that is held up by a slow server holds up none of the others, only what is in its own batch, until it is through.</remarks>
    async Task SendAllAsync(TimeSpan poll, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                while (await SendDueAsync(stop)) WakeOne();
            }
            catch (Exception e) when (!stop.IsCancellationRequested)
            {
                log.LogWarning("Messages for {Channel} wait: {Reason}", channel.Name, e.Message);
            }
            await ((Task)more.WaitAsync(poll, stop)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    async Task<bool> SendDueAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<INotificationStore>().SendDueAsync(channel.Name, channel.Batch, SendAsync, ct);
    }

    // A message that is on its way when the process is told to stop goes through: cut off now, it might arrive and be sent again.
    async Task SendAsync(Notification notification)
    {
        using var patience = new CancellationTokenSource(Patience);
        _ = ActivityContext.TryParse(notification.Letter.TraceParent, null, isRemote: true, out var parent);
        using var activity = Tracing.StartActivity($"send {notification.Kind}", ActivityKind.Client, parent);
        activity?.SetTag("kampung.order_id", notification.Letter.OrderId);
        activity?.SetTag("kampung.channel", channel.Name);
        notification.Attempts++;
        await AttemptAsync(notification, activity, patience.Token);
        if (notification is { Kind: Kind.PasswordReset, State: not NotificationState.Pending }) notification.Letter = notification.Letter with { Text = "", Html = "" };
    }

    async Task AttemptAsync(Notification notification, Activity? activity, CancellationToken patience)
    {
        try
        {
            await channel.SendAsync(notification, patience);
            notification.State = NotificationState.Sent;
            notification.SentAt = time.GetUtcNow();
            notification.Letter = notification.Letter with { Error = null };
            Sent.Add(1, new("kind", notification.Kind), new("channel", channel.Name));
            log.LogInformation("Sent {Kind} about {About}", notification.Kind, notification.About);
        }
        catch (Exception e)
        {
            activity?.SetStatus(ActivityStatusCode.Error, e.Message);
            notification.Letter = notification.Letter with { Error = e.Message };
            if (channel.IsFinal(e) || notification.Attempts >= options.Value.MaxAttempts)
            {
                notification.State = NotificationState.Failed;
                Failed.Add(1, new("kind", notification.Kind), new("channel", channel.Name));
                log.LogError("Gave up {Kind} about {About} after {Attempts} attempts: {Reason}", notification.Kind, notification.About, notification.Attempts, e.Message);
                return;
            }
            var wait = TimeSpan.FromTicks(Math.Min(options.Value.RetryDelay.Ticks << Math.Min(notification.Attempts - 1, 20), options.Value.MaxRetryDelay.Ticks));
            notification.DueAt = time.GetUtcNow() + wait;
            log.LogWarning("Could not send {Kind} about {About}, attempt {Attempts}, again in {Wait}: {Reason}",
                notification.Kind, notification.About, notification.Attempts, wait, e.Message);
        }
    }

    public override void Dispose()
    {
        more.Dispose();
        base.Dispose();
    }
}
