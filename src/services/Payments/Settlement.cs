using Kampung.Messaging;
using Kampung.Payments.Provider;
using Kampung.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace Kampung.Payments;

public sealed class PaymentOptions
{
    /// <summary>The most that one payment takes, whatever the currency.</summary>
    public decimal MaxAmount { get; set; } = 50_000;

    /// <summary>How long a payment or refund may be pending before <see cref="SettlePending"/> asks the provider again.</summary>
    public TimeSpan RecoverAfter { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a choreographed order is remembered that was not charged, because its stock or its terms were never heard of.</summary>
    public TimeSpan AwaitedOrdersKept { get; set; } = TimeSpan.FromDays(30);
}

/// <summary>
/// Brings what is saved as pending to its end: asks the provider with the row's id as idempotency key, then commits the answer with the event that announces it.
/// Whoever comes first does so; it can be repeated and run twice at once, as the provider moves the money once and the row is settled once.
/// </summary>
sealed class Settlement(PaymentsDb db, IPaymentProvider provider, TimeProvider time, IOptionsMonitor<PaymentOptions> options)
{
    /// <exception cref="ServiceUnavailableException">The provider did not answer; the payment is still pending.</exception>
    public async Task<Payment> SettleAsync(Payment payment, CancellationToken ct)
    {
        if (payment.Status != PaymentStatus.Pending) return payment;

        var answer = await Ask(provider.ChargeAsync(new(payment.Id, payment.OrderId, payment.Amount, payment.Currency, payment.Token!), ct));

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var settled = await LockFreshAsync(payment.Id, ct);
        if (settled.Settle(answer) is { } fact) db.Publish(fact);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return settled;
    }

    /// <summary>Gives money back: the refund is saved before the provider is asked, so that two refunds at once cannot give more than was charged.</summary>
    /// <exception cref="ServiceUnavailableException">The provider did not answer; the refund is saved and still pending.</exception>
    public async Task<(Payment Payment, RefundDecision Decision)> RefundAsync(Guid paymentId, string key, decimal? amount, CancellationToken ct)
    {
        Payment payment;
        RefundDecision decision;
        await using (var transaction = await db.Database.BeginTransactionAsync(ct))
        {
            payment = await LockFreshAsync(paymentId, ct);
            decision = payment.Refund(key, amount, time.GetUtcNow(), options.CurrentValue.RecoverAfter);
            await db.SaveChangesAsync(ct);
            await transaction.CommitAsync(ct);
        }
        return decision.Refund is { SettledAt: null } refund ? (await SettleRefundAsync(payment.Id, refund, ct), decision) : (payment, decision);
    }

    public async Task<Payment> SettleRefundAsync(Guid paymentId, Refund refund, CancellationToken ct)
    {
        await Ask(Refunded(provider.RefundAsync(refund.Id, paymentId, refund.Amount, ct)));

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var payment = await LockFreshAsync(paymentId, ct);
        if (payment.Settle(payment.Refunds.Single(r => r.Id == refund.Id), time.GetUtcNow()) is { } fact) db.Publish(fact);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return payment;

        static async Task<bool> Refunded(Task call)
        {
            await call;
            return true;
        }
    }

    /// <summary>What this unit of work read before may be old by now: it is read again under the lock.</summary>
    Task<Payment> LockFreshAsync(Guid id, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        return db.LockAsync(id, ct);
    }

    static async Task<T> Ask<T>(Task<T> call)
    {
        try { return await call; }
        catch (ProviderUnavailableException) { throw new ServiceUnavailableException("payment provider"); }
    }
}
