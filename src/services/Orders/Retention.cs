using Kampung.ServiceDefaults;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Orders;

/// <summary>Deletes what is older than it need be kept: Idempotency-Keys, plans and timelines of orders that are over.</summary>
static class Retention
{
    public static void AddRetention(this WebApplicationBuilder builder) => builder
        .AddSweeper<OrdersDb, OrderOptions>("Idempotency-Keys", ForgetKeysAsync, keep: options => options.IdempotencyKeysKept)
        .AddSweeper<OrdersDb, OrderOptions>("plans", ForgetPlansAsync, keep: options => options.PlansKept)
        .AddSweeper<OrdersDb, OrderOptions>("timelines", ForgetTimelinesAsync, keep: options => options.TimelineKept);

    static Task<int> ForgetKeysAsync(OrdersDb db, DateTimeOffset before, int atMost, CancellationToken ct) => db.Database.ExecuteSqlAsync(
        $"""
        delete from idempotency_keys where (customer_id, key) in
          (select customer_id, key from idempotency_keys where created_at < {before} order by created_at limit {atMost})
        """, ct);

    // An order's id begins with the time when it was placed: what is old lies at the beginning of the primary keys, and needs no index of its own.

    static Task<int> ForgetPlansAsync(OrdersDb db, DateTimeOffset before, int atMost, CancellationToken ct) => db.Database.ExecuteSqlAsync(
        $"""
        delete from plans where order_id in
          (select order_id from plans where order_id < {Guid.CreateVersion7(before)} and direction = 'Ended' and due < {before} order by order_id limit {atMost})
        """, ct);

    static Task<int> ForgetTimelinesAsync(OrdersDb db, DateTimeOffset before, int atMost, CancellationToken ct) => db.Database.ExecuteSqlAsync(
        $"""
        delete from timeline where (order_id, sequence) in
          (select t.order_id, t.sequence from timeline t join orders o on o.id = t.order_id
           where t.order_id < {Guid.CreateVersion7(before)} and o.status in ('Rejected', 'Cancelled', 'Completed') and o.settled_at < {before}
           order by t.order_id, t.sequence limit {atMost})
        """, ct);
}
