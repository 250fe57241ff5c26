using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Kampung.Kitchen;

/// <summary>Removes orders that ended long ago, with their tickets, so that the tables do not grow for ever.</summary>
sealed class ForgetOrders(IServiceScopeFactory scopes, IOptionsMonitor<KitchenOptions> options, TimeProvider time, ILogger<ForgetOrders> log) : BackgroundService
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
                log.LogWarning("Old orders are not removed now: {Reason}", e.Message);
            }
            await Task.Delay(options.CurrentValue.Sweep, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    async Task<int> ForgetAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<KitchenDb>();
        var before = time.GetUtcNow() - options.CurrentValue.OrdersKept;
        return await db.Orders.Where(order => db.Orders.Where(o => o.EndedAt < before).OrderBy(o => o.EndedAt).Take(AtOnce).Select(o => o.OrderId).Contains(order.OrderId))
            .ExecuteDeleteAsync(ct);
    }
}
