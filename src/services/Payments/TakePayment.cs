using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Kampung.Payments;

/// <summary>
/// Takes the payment of an order, once, whatever is repeated or arrives at the same time: the payment is committed before the provider is asked,
/// the order can have only one, and its id is the provider's idempotency key. A declined card is an answer (200), not an error.
/// </summary>
static class TakePayment
{
    /// <param name="Flow">Orchestrated unless given.</param>
    public sealed record Request(Guid OrderId, Guid CustomerId, decimal Amount, string Currency, string PaymentToken, Flow? Flow = null);

    public static void MapTakePayment(this RouteGroupBuilder payments) => payments.MapPost("", Handle).WithName("TakePayment");

    static async Task<Results<Ok<PaymentView>, ProblemHttpResult>> Handle(
        Request request, PaymentsDb db, Settlement settlement, IOptionsSnapshot<PaymentOptions> options, TimeProvider time, CancellationToken ct)
    {
        if (Validate(request) is { Any: true } errors) return errors.Problem();
        if (request.Amount > options.Value.MaxAmount)
            return Problems.Unprocessable("amount-over-limit", "Amount over the limit", $"One payment takes at most {options.Value.MaxAmount:0.00} {request.Currency}.");

        var payment = await db.AddOnceAsync(
            Payment.Take(request.OrderId, request.CustomerId, request.Flow ?? Flow.Orchestrated, request.Amount, request.Currency, request.PaymentToken,
                time.GetUtcNow(), options.Value.RecoverAfter), ct);
        if (!payment.IsFor(request.CustomerId, request.Amount, request.Currency, request.PaymentToken))
            return Problems.Conflict("payment-differs", "The order has another payment", "A payment of another amount, customer or token was begun for this order.");

        return TypedResults.Ok(new PaymentView(await settlement.SettleAsync(payment, ct)));
    }

    internal static FieldErrors Validate(Request request)
    {
        var errors = PaidOrder.Validate(request.OrderId, request.CustomerId, request.Amount, request.Currency);
        errors.RequireText(request.PaymentToken, "paymentToken", maxLength: 255);
        return errors;
    }
}
