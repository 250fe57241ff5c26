using System.Diagnostics;
using Kampung.Messaging;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Orders;

/// <summary>
/// What was heard in one transaction. Most facts change nothing about their order but its timeline: those of all orders are noted with one statement.
/// The others are taken in one by one, each in its order's turn, with the orders that they are about locked and read together.
/// </summary>
sealed class HeardFacts(OrdersDb db, OrderFeed feed, IServiceProvider services, TimeProvider time)
{
    /// <summary>What the chief knows from the answers to its calls, or need not know.</summary>
    const FactKind NoNewsToTheChief = FactKind.StockReserved | FactKind.StockRejected | FactKind.StockReleased
        | FactKind.PaymentConfirmed | FactKind.PaymentFailed | FactKind.PaymentRefunded
        | FactKind.TicketAccepted | FactKind.TicketReady | FactKind.DeliveryAssigned | FactKind.PickedUp | FactKind.DeliveryCancelled;

    /// <summary>What changes nothing about a choreographed order that is confirmed.</summary>
    const FactKind NoNewsOnceConfirmed = FactKind.StockReserved | FactKind.StockReleased | FactKind.PaymentConfirmed | FactKind.PaymentRefunded
        | FactKind.TicketAccepted | FactKind.TicketOverdue | FactKind.TicketReady | FactKind.MealPrepared | FactKind.DeliveryAssigned;

    readonly List<Fact> facts = [];

    public void Add(Fact fact) => facts.Add(fact);

    public async Task TakeInAsync(CancellationToken ct)
    {
        if (facts.Count == 0) return;
        foreach (var orderId in facts.Select(fact => fact.OrderId).Distinct()) db.AfterCommit.Add(() => feed.Changed(orderId));

        var now = time.GetUtcNow();
        var noted = await JustNoteAsync(now, ct);
        var left = facts.FindAll(fact => !noted.Contains(fact.OrderId));
        if (left.Count > 0) await FollowAsync(left, now, ct);
    }

    /// <returns>The orders whose facts are noted, all of them. What was heard of the others may change more, and none of it is noted.</returns>
    async Task<HashSet<Guid>> JustNoteAsync(DateTimeOffset now, CancellationToken ct)
    {
        var orders = facts.ConvertAll(fact => fact.OrderId);
        var kinds = facts.ConvertAll(fact => (int)fact.Kind);
        var (moments, times) = (facts.ConvertAll(fact => fact.At), facts.ConvertAll(fact => fact.Times));
        var (who, what, details) = (facts.ConvertAll(fact => fact.Who), facts.ConvertAll(fact => fact.What), facts.ConvertAll(fact => fact.Detail));
        var (traces, topics, events) = (facts.ConvertAll(fact => fact.TraceId), facts.ConvertAll(fact => fact.Topic), facts.ConvertAll(fact => fact.EventId));
        var noted = await db.Database.SqlQuery<Guid>(
            $"""
            with fact as (
                select * from unnest({orders}, {kinds}, {moments}, {times}, {who}, {what}, {details}, {traces}, {topics}, {events})
                    with ordinality as fact (order_id, kind, at, times, who, what, detail, trace_id, topic, event_id, number)),
            told as (
                select order_id, bit_or(kind) as kinds, count(*)::int as facts, max(times) filter (where kind = {(int)FactKind.PickedUp}) as picked_up,
                       bool_and(kind & {(int)NoNewsToTheChief} <> 0) as for_chief, bool_and(kind & {(int)NoNewsOnceConfirmed} <> 0) as once_confirmed
                from fact group by order_id),
            locked as (select id from orders where id = any({orders}) order by id for update),
            noted as (
                update orders set timeline_length = timeline_length + facts,
                                  heard = heard | case when picked_up <= failed_attempts then kinds & ~{(int)FactKind.PickedUp} else kinds end,
                                  since = case when flow = 'Choreographed' and status = 'Confirmed' then {now} else since end
                from told join locked on locked.id = told.order_id
                where orders.id = told.order_id and (status in ('Rejected', 'Cancelled', 'Completed')
                    or (for_chief and flow = 'Orchestrated')
                    or (once_confirmed and flow = 'Choreographed' and status = 'Confirmed'))
                returning orders.id, timeline_length - facts as before),
            written as (
                insert into timeline (order_id, sequence, at, who, what, detail, trace_id, topic, event_id)
                select id, before + row_number() over (partition by id order by number), at, who, what, detail, trace_id, topic, event_id
                from noted join fact on fact.order_id = noted.id)
            select id as "Value" from noted
            """).ToListAsync(ct);
        return [.. noted];
    }

    async Task FollowAsync(List<Fact> heard, DateTimeOffset now, CancellationToken ct)
    {
        var ids = heard.ConvertAll(fact => fact.OrderId);
        var orders = await db.LockAsync(ids, ct);
        var plans = orders.Values.Any(order => order.Flow == Flow.Orchestrated) ? await db.LockPlansAsync(ids, ct) : [];
        if (plans.Count > 0) db.AfterCommit.Add(services.GetRequiredService<Chief>().Wake);

        foreach (var fact in heard)
        {
            if (!orders.TryGetValue(fact.OrderId, out var order)) continue; // not an order of ours
            using var within = Within(fact.Cause);
            foreach (var announced in Follow(order, plans.GetValueOrDefault(order.Id), fact, now)) db.Publish(announced, fact.Cause);
        }
    }

    IReadOnlyList<IEvent> Follow(Order order, Progress? progress, Fact fact, DateTimeOffset now)
    {
        if (order.Flow == Flow.Choreographed) return Choreography.Follow(order, fact, now);
        if (progress is not null) return progress.Hear(fact, services.GetRequiredService<Plan<Order>>(), order, now);
        order.Hear(fact);
        return [];
    }

    /// <summary>The trace that the fact is a part of, for the timeline; an unrecorded span, since the event has one of its own.</summary>
    static Activity? Within(ActivityContext cause)
    {
        if (cause == default || Activity.Current?.TraceId == cause.TraceId) return null;
        return new Activity("hear").SetParentId(cause.TraceId, cause.SpanId).Start();
    }
}
