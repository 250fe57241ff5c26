using Kampung.Orders.Stalls;

namespace Kampung.Orders;

/// <summary>What is done for every order that the chief carries.</summary>
static class OrderPlan
{
    public static Plan<Order> With(InventoryClient inventory, PaymentClient payments, KitchenClient kitchen, DeliveryClient delivery) => new Plan<Order>()
        .Step("reserve", inventory.ReserveAsync, undo: inventory.ReleaseAsync, onRefusal: "out of stock")
        .Step("charge", payments.ChargeAsync, undo: payments.RefundAsync, onRefusal: "payment declined")
        .Announce("confirm", (order, now) => order.Confirm(now)) // the pivot: from here on what cannot be done is undone with an apology
        .Await("prepare", kitchen.CookAsync, when: order => order.HasPrepared, undo: kitchen.CancelAsync, onRefusal: "no kitchen could prepare it",
            until: FactKind.MealPrepared, failed: FactKind.PreparationFailed, late: FactKind.TicketOverdue, remedies: [kitchen.NudgeAsync, kitchen.MoveAsync])
        .Await("deliver", delivery.DeliverAsync, undo: delivery.CancelAsync, onRefusal: "no rider could deliver it",
            until: FactKind.Delivered, failed: FactKind.DeliveryGivenUp, late: FactKind.DeliveryFailed, remedies: [delivery.ReassignAsync])
        .Announce("complete", (order, now) => order.Complete(now));
}
