using Kampung.Messaging;

namespace Kampung.Orders;

/// <summary>
/// An order without a chief: the stalls act on each other's events, and order-service says what has become of the order. Facts of different topics come in any order,
/// so a later one stands for those before it, and the first that ends the order is the one that counts. Decides; calls nobody.
/// </summary>
static class Choreography
{
    /// <summary>Facts that can only be true of an order that is paid.</summary>
    const FactKind Paid = FactKind.PaymentConfirmed | FactKind.TicketAccepted | FactKind.TicketOverdue | FactKind.TicketReady | FactKind.MealPrepared
        | FactKind.PreparationFailed | FactKind.DeliveryAssigned | FactKind.PickedUp | FactKind.Delivered | FactKind.DeliveryFailed | FactKind.DeliveryGivenUp;

    /// <returns>The facts to announce.</returns>
    public static IReadOnlyList<IEvent> Follow(Order order, Fact fact, DateTimeOffset now)
    {
        order.Hear(fact);
        if (order.IsOver) return [];
        order.CameFurther(now);

        List<IEvent> facts = [];
        if (order.CancelReason is not null && (fact.Kind == FactKind.Delivered || order.Told(FactKind.PickedUp)))
            order.RefuseCancel("A rider has picked the order up.", now);
        // While somebody wants it cancelled it is not confirmed: delivery-service decides whether it is too late for that.
        if (order.Status == OrderStatus.Placed && order.CancelReason is null && (order.Heard & Paid) != 0) facts.Add(order.Confirm(now));

        switch (fact.Kind)
        {
            case FactKind.StockRejected: facts.Add(order.GiveUp("out of stock", now)); break;
            case FactKind.PaymentFailed: facts.Add(order.GiveUp("payment declined", now)); break;
            case FactKind.PreparationFailed: facts.Add(order.GiveUp("no kitchen could prepare it", now)); break;
            case FactKind.DeliveryGivenUp: facts.Add(order.GiveUp("no rider could deliver it", now)); break;
            // Without a wish too: whatever was said of it before, nobody will bring the order.
            case FactKind.DeliveryCancelled: facts.Add(order.Cancel(order.CancelReason ?? "its delivery was cancelled", order.CancelReason is null || order.Apology, now)); break;
            case FactKind.Delivered: facts.Add(order.Complete(now)); break;
        }
        return facts;
    }

    /// <summary>What the order waits for, and from whom.</summary>
    public static (string Fact, string Who) Missing(Order order) =>
        order.CancelReason is not null ? ("delivery-cancelled or delivery-picked-up", "delivery-service")
        : order.Told(FactKind.PickedUp) ? ("delivery-completed", "delivery-service")
        : order.Told(FactKind.DeliveryAssigned) ? ("delivery-picked-up", "delivery-service")
        : order.Told(FactKind.MealPrepared) || order.Status == OrderStatus.Confirmed && !order.HasPrepared ? ("delivery-assigned", "delivery-service")
        : order.Told(FactKind.TicketAccepted) ? ("meal-prepared", "kitchen-service")
        : order.Status == OrderStatus.Confirmed ? ("ticket-accepted", "kitchen-service")
        : order.Told(FactKind.StockReserved) ? ("payment-confirmed or payment-failed", "payment-service")
        : ("stock-reserved or stock-rejected", "inventory-service");

    static bool Told(this Order order, FactKind kind) => order.Heard.HasFlag(kind);
}
