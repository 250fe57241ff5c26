using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace Kampung.ServiceDefaults.Discovery;

/// <summary>
/// Who is where, as the registry said last. It is asked again and again once a name was to be resolved, and what it said stays good while it is away.
/// </summary>
sealed class EurekaDirectory(EurekaClient registry, IOptions<EurekaOptions> options, TimeProvider time, ILogger<EurekaDirectory> log) : BackgroundService
{
    readonly TaskCompletionSource needed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly TaskCompletionSource askedOnce = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly ConcurrentDictionary<string, CancellationTokenSource> changes = new(StringComparer.OrdinalIgnoreCase);
    volatile EurekaApps? apps;
    bool away;

    /// <summary>The addresses of <paramref name="service"/>, in any case; maybe none. The token fires when they change. Waits for the registry's first answer, but never throws.</summary>
    public async ValueTask<(ImmutableArray<Uri> Addresses, IChangeToken Changed)> FindAsync(string service, CancellationToken ct)
    {
        needed.TrySetResult();
        await askedOnce.Task.WaitAsync(ct);
        // The token first: a change between the two lines fires it.
        var changed = new CancellationChangeToken(changes.GetOrAdd(service, _ => new CancellationTokenSource()).Token);
        return (Addresses(apps, service), changed);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var stopped = stoppingToken.Register(() => askedOnce.TrySetResult());
        await needed.Task.WaitAsync(stoppingToken);
        using var timer = new PeriodicTimer(options.Value.PollInterval, time);
        do
        {
            await AskAsync(stoppingToken);
            askedOnce.TrySetResult();
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    async Task AskAsync(CancellationToken ct)
    {
        try
        {
            if (await registry.GetAppsAsync(apps, ct) is { } now) Replace(now);
            if (away) log.LogInformation("The registry answers again");
            away = false;
        }
        // A key or a value that is not as Eureka writes it is a bad answer, too: KeyNotFound, InvalidOperation, Format.
        catch (Exception e) when (e is HttpRequestException or JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            if (!away) log.LogWarning("The registry gives no good answer, what it said last stays in use: {Reason}", e.Message);
            away = true;
        }
    }

    void Replace(EurekaApps now)
    {
        var before = apps;
        apps = now;
        foreach (var service in changes.Keys)
            if (!Addresses(before, service).SequenceEqual(Addresses(now, service)) && changes.TryRemove(service, out var changed))
                changed.Cancel();
    }

    static ImmutableArray<Uri> Addresses(EurekaApps? apps, string service) =>
        apps is not null && apps.Addresses.TryGetValue(service, out var addresses) ? addresses : [];
}
