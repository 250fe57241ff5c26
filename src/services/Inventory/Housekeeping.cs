using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Kampung.Inventory;

/// <summary>Puts back what is set aside for orders that were never placed.</summary>
sealed class ExpireReservations(
    IServiceScopeFactory scopes, StockDesk desk, IOptionsMonitor<InventoryOptions> options, TimeProvider time, ILogger<ExpireReservations> log) : BackgroundService
{
    const int AtOnce = 100;
    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await ExpireSomeAsync(stoppingToken) == AtOnce) { }
            }
            catch (Exception e) when (e is not OperationCanceledException) { log.LogWarning("Reservations could not expire now: {Reason}", e.Message); }
            var pause = options.CurrentValue.ReservationExpires / 4;
            await Task.Delay(pause < LongestPause ? pause : LongestPause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    async Task<int> ExpireSomeAsync(CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        var now = time.GetUtcNow();
        var due = await scope.ServiceProvider.GetRequiredService<InventoryDb>().Reservations
            .Where(r => r.Status == ReservationStatus.Reserved && !r.OrderKnown && r.ExpiresAt <= now)
            .OrderBy(r => r.ExpiresAt).Select(r => r.OrderId).Take(AtOnce).ToListAsync(ct);
        await Task.WhenAll(due.Select(order => desk.AskAsync(new Expire(order))));
        return due.Count;
    }

    // Whether it is still due is seen again under the lock.
    sealed class Expire(Guid orderId) : StockRequest
    {
        public override Guid? OrderId => orderId;

        public override void CarryOut(StockRoom room) => room.Announce(room.Find(orderId)?.Expire(room.Shelves, room.Now));
    }
}

/// <summary>Forgets reservations that have ended long ago. What is set aside is never forgotten.</summary>
sealed class ForgetReservations(IServiceScopeFactory scopes, IOptionsMonitor<InventoryOptions> options, TimeProvider time, ILogger<ForgetReservations> log) : BackgroundService
{
    const int AtOnce = 5000;
    static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var kept = options.CurrentValue.EndedReservationsKept;
            try
            {
                while (await ForgetSomeAsync(time.GetUtcNow() - kept, stoppingToken) == AtOnce) { }
            }
            catch (Exception e) when (e is not OperationCanceledException) { log.LogWarning("Old reservations could not be deleted: {Reason}", e.Message); }
            await Task.Delay(kept / 10 < LongestPause ? kept / 10 : LongestPause, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    async Task<int> ForgetSomeAsync(DateTimeOffset before, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await scope.ServiceProvider.GetRequiredService<InventoryDb>().Database.ExecuteSqlAsync(
            $"""
            delete from reservations where order_id in
              (select order_id from reservations where ended_at < {before} order by ended_at limit {AtOnce} for update skip locked)
            """, ct);
    }
}
