using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Payments;

/// <summary>
/// Sees to it that an order ends unpaid, wherever its payment stands: one that was not begun is called off, so that a charge that arrives late takes nothing;
/// one whose outcome is not known yet is brought to its end; what was taken is given back. Idempotent by order.
/// </summary>
static class CancelPayment
{
    const string RefundKey = "cancel";

    public sealed record Request(Guid OrderId, Guid CustomerId, decimal Amount, string Currency);

    public static void MapCancelPayment(this RouteGroupBuilder payments) => payments.MapPost("/cancel", Handle).WithName("CancelPayment");

    static async Task<Results<Ok<PaymentView>, ProblemHttpResult>> Handle(
        Request request, PaymentsDb db, Settlement settlement, TimeProvider time, CancellationToken ct)
    {
        if (PaidOrder.Validate(request.OrderId, request.CustomerId, request.Amount, request.Currency) is { Any: true } errors) return errors.Problem();

        var payment = await db.AddOnceAsync(Payment.CalledOff(request.OrderId, request.CustomerId, request.Amount, request.Currency, time.GetUtcNow()), ct);
        payment = await settlement.SettleAsync(payment, ct);
        if (payment.Status == PaymentStatus.Succeeded) (payment, _) = await settlement.RefundAsync(payment.Id, RefundKey, amount: null, ct);
        return TypedResults.Ok(new PaymentView(payment));
    }
}
