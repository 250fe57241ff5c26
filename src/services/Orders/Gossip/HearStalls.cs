using System.Reflection;
using Kampung.Messaging;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Orders;

/// <summary>
/// Takes in what the stalls say: everything goes on the order's timeline; what the chief waits for moves its plan on, and in the choreographed flow the order itself.
/// </summary>
static class HearStalls
{
    /// <summary>What the chief knows from the answers to its calls, or need not know.</summary>
    const FactKind NoNewsToTheChief = FactKind.StockReserved | FactKind.StockRejected | FactKind.StockReleased
        | FactKind.PaymentConfirmed | FactKind.PaymentFailed | FactKind.PaymentRefunded
        | FactKind.TicketAccepted | FactKind.TicketReady | FactKind.DeliveryAssigned | FactKind.PickedUp | FactKind.DeliveryCancelled;

    /// <summary>What changes nothing about a choreographed order that is confirmed.</summary>
    const FactKind NoNewsOnceConfirmed = FactKind.StockReserved | FactKind.StockReleased | FactKind.PaymentConfirmed | FactKind.PaymentRefunded
        | FactKind.TicketAccepted | FactKind.TicketOverdue | FactKind.TicketReady | FactKind.MealPrepared | FactKind.DeliveryAssigned;

    public static EventHandlers HearStallEvents(this EventHandlers events) => events
        .On<StockReserved>(Hear).On<StockRejected>(Hear).On<StockReleased>(Hear)
        .On<PaymentConfirmed>(Hear).On<PaymentFailed>(Hear).On<PaymentRefunded>(Hear)
        .On<TicketAccepted>(Hear).On<TicketOverdue>(Hear).On<MealPrepared>(Hear).On<PreparationFailed>(Hear)
        .On<DeliveryAssigned>(Hear).On<DeliveryPickedUp>(Hear).On<DeliveryCompleted>(Hear).On<DeliveryFailed>(Hear).On<DeliveryCancelled>(Hear);

    static Task Hear(StockReserved said, EventContext context) => Hear(FactKind.StockReserved, said, context);
    static Task Hear(StockRejected said, EventContext context) => Hear(FactKind.StockRejected, said, context, said.Reason);
    static Task Hear(StockReleased said, EventContext context) => Hear(FactKind.StockReleased, said, context, said.Reason);
    static Task Hear(PaymentConfirmed said, EventContext context) => Hear(FactKind.PaymentConfirmed, said, context, $"{said.Amount:0.00} {said.Currency}");
    static Task Hear(PaymentFailed said, EventContext context) => Hear(FactKind.PaymentFailed, said, context, said.Reason);
    static Task Hear(PaymentRefunded said, EventContext context) => Hear(FactKind.PaymentRefunded, said, context, $"{said.Amount:0.00} {said.Currency}");
    static Task Hear(TicketAccepted said, EventContext context) => Hear(FactKind.TicketAccepted, said, context, said.Station);
    static Task Hear(TicketOverdue said, EventContext context) => Hear(FactKind.TicketOverdue, said, context, said.Station, said.Times);
    static Task Hear(MealPrepared said, EventContext context) => Hear(said.Remaining == 0 ? FactKind.MealPrepared : FactKind.TicketReady, said, context, said.Station);
    static Task Hear(PreparationFailed said, EventContext context) => Hear(FactKind.PreparationFailed, said, context, said.Reason);
    static Task Hear(DeliveryAssigned said, EventContext context) => Hear(FactKind.DeliveryAssigned, said, context, said.Rider.Name);
    static Task Hear(DeliveryPickedUp said, EventContext context) => Hear(FactKind.PickedUp, said, context, said.Rider.Name);
    static Task Hear(DeliveryCompleted said, EventContext context) => Hear(FactKind.Delivered, said, context, said.Rider.Name);
    static Task Hear(DeliveryFailed said, EventContext context) =>
        Hear(said.Exhausted ? FactKind.DeliveryGivenUp : FactKind.DeliveryFailed, said, context, said.Reason, said.Attempt);
    static Task Hear(DeliveryCancelled said, EventContext context) => Hear(FactKind.DeliveryCancelled, said, context, said.Reason);

    /// <param name="times">How often it happened to the order before and now.</param>
    static async Task Hear<TEvent>(FactKind kind, TEvent said, EventContext context, string? detail = null, int times = 1) where TEvent : StallEvent
    {
        var (db, ct) = (context.Database<OrdersDb>(), context.CancellationToken);
        var fact = new Fact(kind, said.OrderId, context.Source, Topic<TEvent>.Name, context.Id, context.Time, detail, times);
        var feed = context.Services.GetRequiredService<OrderFeed>();
        db.AfterCommit.Add(() => feed.Changed(fact.OrderId));

        var now = context.Services.GetRequiredService<TimeProvider>().GetUtcNow();
        if (await db.JustNoteAsync(fact, now, ct)) return;
        if (await db.LockAsync(fact.OrderId, ct) is not { } order) return; // not an order of ours

        foreach (var announced in order.Flow == Flow.Choreographed ? Choreography.Follow(order, fact, now) : await MoveThePlanOn(order))
            db.Publish(announced);

        async Task<IReadOnlyList<IEvent>> MoveThePlanOn(Order order)
        {
            if (await db.LockPlanAsync(order.Id, ct) is not { } progress)
            {
                order.Hear(fact);
                return [];
            }
            db.AfterCommit.Add(context.Services.GetRequiredService<Chief>().Wake);
            return progress.Hear(fact, context.Services.GetRequiredService<Plan<Order>>(), order, now);
        }
    }

    /// <summary>The short way, taken by most facts: one statement notes a fact that changes nothing else about the order.</summary>
    /// <returns>False when there may be more to it, and nothing is noted.</returns>
    static async Task<bool> JustNoteAsync(this OrdersDb db, Fact fact, DateTimeOffset now, CancellationToken ct)
    {
        var (forChief, onceConfirmed) = ((fact.Kind & NoNewsToTheChief) != 0, (fact.Kind & NoNewsOnceConfirmed) != 0);
        return await db.Database.ExecuteSqlAsync(
            $"""
            with noted as (
                update orders set timeline_length = timeline_length + 1, heard = heard | {(int)fact.Kind},
                                  since = case when flow = 'Choreographed' and status = 'Confirmed' then {now} else since end
                where id = {fact.OrderId} and (status in ('Rejected', 'Cancelled', 'Completed')
                    or ({forChief} and flow = 'Orchestrated')
                    or ({onceConfirmed} and flow = 'Choreographed' and status = 'Confirmed'))
                returning id, timeline_length)
            insert into timeline (order_id, sequence, at, who, what, detail, trace_id, topic, event_id)
            select id, timeline_length, {fact.At}, {fact.Who}, {fact.What}, {fact.Detail}, {Order.Trace}, {fact.Topic}, {fact.EventId} from noted
            """, ct) == 1;
    }

    static class Topic<TEvent>
    {
        public static readonly string Name = typeof(TEvent).GetCustomAttribute<TopicAttribute>()!.Name;
    }
}
