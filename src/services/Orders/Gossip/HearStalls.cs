using System.Diagnostics;
using System.Reflection;
using Kampung.Messaging;

namespace Kampung.Orders;

/// <summary>
/// Takes in what the stalls say: everything goes on the order's timeline; what the chief waits for moves its plan on, and in the choreographed flow the order itself.
/// </summary>
static class HearStalls
{
    public static EventHandlers HearStallEvents(this EventHandlers events) => events
        .On<StockReserved>(Hear).On<StockRejected>(Hear).On<StockReleased>(Hear)
        .On<PaymentConfirmed>(Hear).On<PaymentFailed>(Hear).On<PaymentRefunded>(Hear)
        .On<TicketAccepted>(Hear).On<TicketOverdue>(Hear).On<MealPrepared>(Hear).On<PreparationFailed>(Hear)
        .On<DeliveryAssigned>(Hear).On<DeliveryPickedUp>(Hear).On<DeliveryCompleted>(Hear).On<DeliveryFailed>(Hear).On<DeliveryCancelled>(Hear)
        .Finally((services, ct) => services.GetRequiredService<HeardFacts>().TakeInAsync(ct));

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
    static Task Hear(DeliveryPickedUp said, EventContext context) => Hear(FactKind.PickedUp, said, context, said.Rider.Name, said.Attempt ?? int.MaxValue);
    static Task Hear(DeliveryCompleted said, EventContext context) => Hear(FactKind.Delivered, said, context, said.Rider.Name);
    static Task Hear(DeliveryFailed said, EventContext context) =>
        Hear(said.Exhausted ? FactKind.DeliveryGivenUp : FactKind.DeliveryFailed, said, context, said.Reason, said.Attempt);
    static Task Hear(DeliveryCancelled said, EventContext context) => Hear(FactKind.DeliveryCancelled, said, context, said.Reason);

    /// <param name="times">How often it happened to the order before and now.</param>
    static Task Hear<TEvent>(FactKind kind, TEvent said, EventContext context, string? detail = null, int times = 1) where TEvent : StallEvent
    {
        context.Services.GetRequiredService<HeardFacts>().Add(
            new(kind, said.OrderId, context.Source, Topic<TEvent>.Name, context.Id, context.Time, detail, times) { Cause = Activity.Current?.Context ?? default });
        return Task.CompletedTask;
    }

    static class Topic<TEvent>
    {
        public static readonly string Name = typeof(TEvent).GetCustomAttribute<TopicAttribute>()!.Name;
    }
}
