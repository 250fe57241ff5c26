using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kampung.ServiceDefaults;

/// <summary>Ends or removes, in one short transaction, what was over before a time.</summary>
/// <param name="atMost">So many and no more.</param>
/// <returns>How many those were.</returns>
public delegate Task<int> Sweep<in TStore>(TStore store, DateTimeOffset before, int atMost, CancellationToken ct);

/// <summary>Gets rid of what is over, so that no table grows for ever.</summary>
sealed class Sweeper<TStore>(
    string what, Sweep<TStore> sweep, Func<TimeSpan> keep, Func<TimeSpan> pause, int atOnce,
    IServiceScopeFactory scopes, TimeProvider time, ILogger log) : BackgroundService where TStore : notnull
{
    // Also when it is told to pause for no time at all: it would only keep the database busy.
    static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await SweepAsync(stoppingToken) == atOnce)
                {
                    // until a batch is not full
                }
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                log.LogWarning("Sweeping {What} is tried again later: {Reason}", what, e.Message);
            }
            var wait = pause();
            await Task.Delay(wait < ShortestPause ? ShortestPause : wait, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    async Task<int> SweepAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await sweep(scope.ServiceProvider.GetRequiredService<TStore>(), time.GetUtcNow() - keep(), atOnce, ct);
    }
}

/// <summary>How a service has sweepers.</summary>
public static class SweeperExtensions
{
    static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    /// <summary>Sweeps in batches until one is not full, then pauses. What fails is tried again after the pause.</summary>
    /// <typeparam name="TStore">Where it is kept, from a scope of its own for each batch.</typeparam>
    /// <typeparam name="TOptions">Says how long; it can change while the service runs.</typeparam>
    /// <param name="what">For the log.</param>
    /// <param name="keep">How long it is kept.</param>
    /// <param name="pause">A tenth of that time, at most ten minutes, unless told.</param>
    /// <param name="atOnce">The size of a batch.</param>
    public static WebApplicationBuilder AddSweeper<TStore, TOptions>(
        this WebApplicationBuilder builder, string what, Sweep<TStore> sweep, Func<TOptions, TimeSpan> keep, Func<TOptions, TimeSpan>? pause = null, int atOnce = 1000)
        where TStore : notnull
    {
        ArgumentNullException.ThrowIfNull(builder);
        pause ??= options => keep(options) / 10 is var tenth && tenth < LongestPause ? tenth : LongestPause;
        // AddHostedService would take only one of a type.
        builder.Services.AddSingleton<IHostedService>(services =>
        {
            var options = services.GetRequiredService<IOptionsMonitor<TOptions>>();
            return new Sweeper<TStore>(what, sweep, () => keep(options.CurrentValue), () => pause(options.CurrentValue), atOnce,
                services.GetRequiredService<IServiceScopeFactory>(), services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<Sweeper<TStore>>>());
        });
        return builder;
    }
}
