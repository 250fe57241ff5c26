using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Payments;

/// <summary>
/// Gives a payment back: all that is left of it, or an amount. A part needs an Idempotency-Key, as two refunds of the same amount can both be meant;
/// all that is left can be asked for again and again without one. Never gives back more than was charged.
/// </summary>
static class RefundPayment
{
    const string IdempotencyKey = "Idempotency-Key", RestKey = "rest";

    /// <param name="Amount">Null or missing: all that is left.</param>
    public sealed record Request(decimal? Amount = null);

    public static void MapRefundPayment(this RouteGroupBuilder payments) => payments.MapPost("/{id:guid}/refund", Handle).WithName("RefundPayment");

    static async Task<Results<Ok<PaymentView>, ProblemHttpResult>> Handle(
        Guid id, Request? request, [FromHeader(Name = IdempotencyKey)] string? key, PaymentsDb db, Settlement settlement, CancellationToken ct)
    {
        var currency = await db.Payments.Where(payment => payment.Id == id).Select(payment => payment.Currency).SingleOrDefaultAsync(ct);
        if (currency is null) return Problems.NotFound("payment", id);
        var amount = request?.Amount;
        if (Validate(amount, key, currency) is { Any: true } errors) return errors.Problem();

        var (payment, decision) = await settlement.RefundAsync(id, key ?? RestKey, amount, ct);
        return decision switch
        {
            { Problem: null } => TypedResults.Ok(new PaymentView(payment)),
            { Problem: "payment-pending" or "payment-not-charged" } => Problems.Conflict(decision.Problem, "The payment cannot be refunded", decision.Detail!),
            _ => Problems.Unprocessable(decision.Problem, "The refund cannot be made", decision.Detail!),
        };
    }

    internal static FieldErrors Validate(decimal? amount, string? key, string currency)
    {
        var errors = new FieldErrors();
        errors.Require(amount is null or > 0, "amount", "must be more than zero");
        errors.Require(amount is null || Currency.Fits(currency, amount.Value), "amount", $"has more decimals than {currency} has");
        errors.Require(amount is null || key is not null, IdempotencyKey, "is needed for a refund of a part");
        if (key is not null) errors.RequireText(key, IdempotencyKey, maxLength: 255);
        return errors;
    }
}
