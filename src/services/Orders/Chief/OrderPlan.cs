namespace Kampung.Orders;

/// <summary>What is done for every order.</summary>
static class OrderPlan
{
    public static Plan<Order> With(Stalls.PaymentClient payments) => new Plan<Order>()
        .Step("charge", payments.ChargeAsync, undo: payments.RefundAsync, onRefusal: "payment declined")
        .Announce("confirm", (order, now) => order.Confirm(now));
}
