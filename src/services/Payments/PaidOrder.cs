using Kampung.ServiceDefaults;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Payments;

/// <summary>What taking and calling off a payment share: the order that is paid, and that it has one payment.</summary>
static class PaidOrder
{
    public static FieldErrors Validate(Guid orderId, Guid customerId, decimal amount, string currency)
    {
        var errors = new FieldErrors();
        errors.Require(orderId != Guid.Empty, "orderId", "must be an order's id");
        errors.Require(customerId != Guid.Empty, "customerId", "must be a customer's id");
        errors.Require(amount > 0, "amount", "must be more than zero");
        if (errors.Require(Currency.IsKnown(currency), "currency", "must be an ISO 4217 code that is taken here"))
            errors.Require(Currency.Fits(currency, amount), "amount", $"has more decimals than {currency} has");
        return errors;
    }

    /// <summary>Commits this payment if it is the order's first, and answers the one that the order has.</summary>
    public static async Task<Payment> AddOnceAsync(this PaymentsDb db, Payment payment, CancellationToken ct)
    {
        if (await Find() is { } known) return known;
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into payments (id, order_id, customer_id, flow, amount, refunded, currency, token, status, reason, created_at, due, called_off)
            values ({payment.Id}, {payment.OrderId}, {payment.CustomerId}, {payment.Flow.ToString()}, {payment.Amount}, 0, {payment.Currency}, {payment.Token},
                    {payment.Status.ToString()}, {payment.Reason}, {payment.CreatedAt}, {payment.Due}, false)
            on conflict (order_id) do nothing
            """, ct);
        return await Find() ?? throw new InvalidOperationException($"The payment of order {payment.OrderId} was removed.");

        Task<Payment?> Find() => db.Payments.SingleOrDefaultAsync(p => p.OrderId == payment.OrderId, ct);
    }
}
