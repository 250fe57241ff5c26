using Kampung.Orders.Stalls;

namespace Kampung.Orders;

/// <summary>What is done for every order that the chief carries.</summary>
static class OrderPlan
{
    public static Plan<Order> With(InventoryClient inventory, PaymentClient payments) => new Plan<Order>()
        .Step("reserve", inventory.ReserveAsync, undo: inventory.ReleaseAsync, onRefusal: "out of stock")
        .Step("charge", payments.ChargeAsync, undo: payments.RefundAsync, onRefusal: "payment declined")
        .Announce("confirm", (order, now) => order.Confirm(now));
}
