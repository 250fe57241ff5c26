using Kampung.Messaging;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Payments;

/// <summary>
/// Sees to it that an order ends unpaid, wherever its payment stands: one that was not begun is called off, so that a charge that arrives late takes nothing;
/// one whose outcome is not known yet is brought to its end; what was taken is given back. Idempotent by order.
/// </summary>
static class CancelPayment
{
    /// <summary>Of the refund of what was taken: there is one a payment.</summary>
    public const string RefundKey = "cancel";

    /// <param name="Flow">Orchestrated unless given.</param>
    public sealed record Request(Guid OrderId, Guid CustomerId, decimal Amount, string Currency, Flow? Flow = null);

    public static void MapCancelPayment(this RouteGroupBuilder payments) => payments.MapPost("/cancel", Handle).WithName("CancelPayment");

    static async Task<Results<Ok<PaymentView>, ProblemHttpResult>> Handle(
        Request request, PaymentsDb db, Settlement settlement, TimeProvider time, CancellationToken ct)
    {
        if (PaidOrder.Validate(request.OrderId, request.CustomerId, request.Amount, request.Currency) is { Any: true } errors) return errors.Problem();

        var payment = await db.AddOnceAsync(
            Payment.Cancelled(request.OrderId, request.CustomerId, request.Flow ?? Flow.Orchestrated, request.Amount, request.Currency, time.GetUtcNow()), ct);
        payment = await settlement.SettleAsync(payment, ct);
        if (payment.Status == PaymentStatus.Succeeded) (payment, _) = await settlement.RefundAsync(payment.Id, RefundKey, amount: null, ct);
        return TypedResults.Ok(new PaymentView(payment));
    }

    public static Task WhenRejected(OrderRejected rejected, EventContext context) =>
        CallOff(rejected.Flow, rejected.OrderId, rejected.CustomerId, rejected.Total, rejected.Currency, context);

    public static Task WhenCancelled(OrderCancelled cancelled, EventContext context) =>
        CallOff(cancelled.Flow, cancelled.OrderId, cancelled.CustomerId, cancelled.Total, cancelled.Currency, context);

    // In the orchestrated flow the chief has undone everything by then. What was taken is given back by SettlePending, not in the transaction of the event.
    static Task CallOff(Flow flow, Guid orderId, Guid customerId, decimal amount, string currency, EventContext context)
    {
        if (flow == Flow.Choreographed)
            context.Services.GetRequiredService<Cashier>().CallOff(
                Payment.Cancelled(orderId, customerId, flow, amount, currency, context.Services.GetRequiredService<TimeProvider>().GetUtcNow()));
        return Task.CompletedTask;
    }
}
