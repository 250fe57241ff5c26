using System.Diagnostics;
using System.Diagnostics.Metrics;
using Kampung.Notifications.Storage;
using MailKit.Net.Smtp;
using Microsoft.Extensions.Options;
using MimeKit;

namespace Kampung.Notifications.Mail;

/// <summary>
/// Sends what waits, oldest first. A message that fails is tried again with growing waits, then given up, as is one that is refused for good; either way the
/// reason stands in its document. A crash between sending and noting it sends again: the mailbox then holds the same file, and to an SMTP server the
/// message has the same Message-ID.
/// </summary>
sealed class MailSender(IServiceScopeFactory scopes, IMailer mailer, IOptions<MailOptions> options, TimeProvider time, ILogger<MailSender> log) : BackgroundService
{
    static readonly ActivitySource Tracing = new("Kampung.Notifications");
    static readonly Meter Metrics = new("Kampung.Notifications");
    static readonly Counter<long> Sent = Metrics.CreateCounter<long>("kampung.notifications.sent");
    static readonly Counter<long> Failed = Metrics.CreateCounter<long>("kampung.notifications.failed");

    // Longer than any server should take for a message, shorter than the host waits for us when it stops.
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(25);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var poll = new PeriodicTimer(options.Value.Poll, time);
        do
        {
            try
            {
                while (await SendNextAsync(stoppingToken))
                {
                    // until nothing is due
                }
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                log.LogWarning("Mail waits: {Reason}", e.Message);
            }
        }
        while (await poll.WaitForNextTickAsync(stoppingToken));
    }

    async Task<bool> SendNextAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<INotificationStore>().SendNextAsync(SendAsync, ct);
    }

    // A message that is on its way when the process is told to stop goes through: cut off now, it might arrive and be sent again.
    async Task SendAsync(Notification notification)
    {
        using var patience = new CancellationTokenSource(Patience);
        _ = ActivityContext.TryParse(notification.Letter.TraceParent, null, isRemote: true, out var parent);
        using var activity = Tracing.StartActivity($"send {notification.Kind}", ActivityKind.Client, parent);
        activity?.SetTag("kampung.order_id", notification.Letter.OrderId);
        notification.Attempts++;
        try
        {
            // The time first, so that a folder of letters sorts by it.
            await mailer.SendAsync(Compose(notification), $"{notification.CreatedAt:yyyyMMdd'T'HHmmss'Z'}-{notification.Kind}-{notification.About}", patience.Token);
            notification.State = NotificationState.Sent;
            notification.SentAt = time.GetUtcNow();
            notification.Letter = notification.Letter with { Error = null };
            Sent.Add(1, new KeyValuePair<string, object?>("kind", notification.Kind));
            log.LogInformation("Sent {Kind} about {About}", notification.Kind, notification.About);
        }
        catch (Exception e)
        {
            activity?.SetStatus(ActivityStatusCode.Error, e.Message);
            notification.Letter = notification.Letter with { Error = e.Message };
            if (IsFinal(e) || notification.Attempts >= options.Value.MaxAttempts)
            {
                notification.State = NotificationState.Failed;
                Failed.Add(1, new KeyValuePair<string, object?>("kind", notification.Kind));
                log.LogError("Gave up {Kind} about {About} after {Attempts} attempts: {Reason}", notification.Kind, notification.About, notification.Attempts, e.Message);
                return;
            }
            var wait = TimeSpan.FromTicks(Math.Min(options.Value.RetryDelay.Ticks << Math.Min(notification.Attempts - 1, 20), options.Value.MaxRetryDelay.Ticks));
            notification.DueAt = time.GetUtcNow() + wait;
            log.LogWarning("Could not send {Kind} about {About}, attempt {Attempts}, again in {Wait}: {Reason}",
                notification.Kind, notification.About, notification.Attempts, wait, e.Message);
        }
    }

    MimeMessage Compose(Notification notification)
    {
        var from = MailboxAddress.Parse(options.Value.From);
        var letter = notification.Letter;
        return new MimeMessage
        {
            From = { from },
            To = { new MailboxAddress(letter.ToName, MailboxAddress.Parse(letter.ToAddress).Address) },
            Subject = letter.Subject,
            Date = notification.CreatedAt,
            MessageId = $"{notification.Kind}.{notification.About}@{from.Domain}",
            // RFC 3834: no machine should answer this
            Headers = { { HeaderId.AutoSubmitted, "auto-generated" } },
            Body = new MultipartAlternative(
                new TextPart("plain") { Text = letter.Text },
                new TextPart("html") { Text = letter.Html }),
        };
    }

    /// <summary>An address that is none, or a server that says no and means it (RFC 5321, 4.2.1: 5yz).</summary>
    static bool IsFinal(Exception e) => e is ParseException || e is SmtpCommandException { StatusCode: >= (SmtpStatusCode)500 };
}
