using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Kampung.Orders;

/// <summary>
/// Deletes what is older than it need be kept, so that tables do not grow with all the orders there ever were: Idempotency-Keys, plans and timelines of orders that are over.
/// </summary>
sealed class Retention(IServiceScopeFactory scopes, IOptionsMonitor<OrderOptions> options, TimeProvider time, ILogger<Retention> log) : BackgroundService
{
    static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);
    const int AtOnce = 5000;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var kept = options.CurrentValue;
            try
            {
                await using var scope = scopes.CreateAsyncScope();
                var db = scope.ServiceProvider.GetRequiredService<OrdersDb>();
                var now = time.GetUtcNow();
                await ForgetKeysAsync(db, now - kept.IdempotencyKeysKept, stoppingToken);
                while (await ForgetPlansAsync(db, now - kept.PlansKept, stoppingToken) == AtOnce) { }
                while (await ForgetTimelinesAsync(db, now - kept.TimelineKept, stoppingToken) == AtOnce) { }
            }
            catch (Exception e) when (e is not OperationCanceledException) { log.LogWarning("What is old could not be deleted now: {Reason}", e.Message); }

            TimeSpan[] times = [LongestPause, kept.IdempotencyKeysKept / 10, kept.PlansKept / 10, kept.TimelineKept / 10];
            await Task.Delay(times.Min(), stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    static Task<int> ForgetKeysAsync(OrdersDb db, DateTimeOffset before, CancellationToken ct) =>
        db.IdempotencyKeys.Where(key => key.CreatedAt < before).ExecuteDeleteAsync(ct);

    // An order's id begins with the time when it was placed: what is old lies at the beginning of the primary keys, and needs no index of its own.

    static Task<int> ForgetPlansAsync(OrdersDb db, DateTimeOffset before, CancellationToken ct) => db.Database.ExecuteSqlAsync(
        $"""
        delete from plans where order_id in
          (select order_id from plans where order_id < {Guid.CreateVersion7(before)} and direction = 'Ended' and due < {before} order by order_id limit {AtOnce})
        """, ct);

    static Task<int> ForgetTimelinesAsync(OrdersDb db, DateTimeOffset before, CancellationToken ct) => db.Database.ExecuteSqlAsync(
        $"""
        delete from timeline where (order_id, sequence) in
          (select t.order_id, t.sequence from timeline t join orders o on o.id = t.order_id
           where t.order_id < {Guid.CreateVersion7(before)} and o.status in ('Rejected', 'Cancelled', 'Completed') and o.settled_at < {before}
           order by t.order_id, t.sequence limit {AtOnce})
        """, ct);
}
