using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Kampung.Delivery;

/// <summary>Removes deliveries that ended long ago, so that the table does not grow for ever.</summary>
sealed class ForgetDeliveries(IServiceScopeFactory scopes, IOptionsMonitor<DeliveryOptions> options, TimeProvider time, ILogger<ForgetDeliveries> log) : BackgroundService
{
    const int AtOnce = 1000;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await ForgetAsync(stoppingToken) == AtOnce)
                {
                    // until none is that old
                }
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                log.LogWarning("Old deliveries are not removed now: {Reason}", e.Message);
            }
            await Task.Delay(options.CurrentValue.Sweep, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    async Task<int> ForgetAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<DeliveryDb>();
        var before = time.GetUtcNow() - options.CurrentValue.DeliveriesKept;
        return await db.Deliveries.Where(delivery => db.Deliveries.Where(d => d.EndedAt < before).OrderBy(d => d.EndedAt).Take(AtOnce).Select(d => d.Id).Contains(delivery.Id))
            .ExecuteDeleteAsync(ct);
    }
}
