using Kampung.Payments.Provider;

namespace Kampung.Payments;

public enum PaymentStatus
{
    /// <summary>Saved, and the provider's answer is not known yet.</summary>
    Pending,
    Succeeded,
    Declined,
    /// <summary>All of it was given back.</summary>
    Refunded,
    /// <summary>Called off before the provider was asked: no money was or will be taken.</summary>
    Cancelled,
}

/// <summary>The one payment of an order. Knows how much may be given back and which fact each change announces; knows no database and no provider.</summary>
public sealed class Payment
{
    readonly List<Refund> refunds = [];

    /// <summary>Also the provider's idempotency key: however often the provider is asked, it charges this id once.</summary>
    public Guid Id { get; private init; }
    public Guid OrderId { get; private init; }
    public Guid CustomerId { get; private init; }
    public Flow Flow { get; private init; }
    public decimal Amount { get; private init; }
    public decimal Refunded { get; private set; }
    public string Currency { get; private init; } = "";
    public string? Token { get; private init; }
    public PaymentStatus Status { get; private set; }
    public string? Reason { get; private set; }
    public DateTimeOffset CreatedAt { get; private init; }

    /// <summary>That the order shall end unpaid: what was or still is taken is given back by <see cref="SettlePending"/>.</summary>
    public bool CalledOff { get; private set; }

    /// <summary>When <see cref="SettlePending"/> next sees to it, if nobody asked before; null when there is nothing left to do.</summary>
    public DateTimeOffset? Due { get; private set; }

    /// <summary>W3C traceparent of the event that set it off, for what <see cref="SettlePending"/> does.</summary>
    public string? TraceParent { get; private init; }
    public IReadOnlyList<Refund> Refunds => refunds;

    public static Payment Take(Guid orderId, Guid customerId, Flow flow, decimal amount, string currency, string token, DateTimeOffset now, TimeSpan recoverAfter) => new()
    {
        Id = Guid.CreateVersion7(now), OrderId = orderId, CustomerId = customerId, Flow = flow, Amount = amount, Currency = currency, Token = token,
        Status = PaymentStatus.Pending, CreatedAt = now, Due = now + recoverAfter,
    };

    /// <summary>To be taken by <see cref="SettlePending"/>, at once; or, when these terms can never be paid, declined for that reason.</summary>
    public static Payment Of(OrderTerms order, string? refusal, DateTimeOffset now) => new()
    {
        Id = Guid.CreateVersion7(now), OrderId = order.OrderId, CustomerId = order.CustomerId, Flow = Flow.Choreographed, Amount = order.Amount, Currency = order.Currency,
        Token = order.Token, TraceParent = order.TraceParent, CreatedAt = now,
        Status = refusal is null ? PaymentStatus.Pending : PaymentStatus.Declined, Reason = refusal, Due = refusal is null ? now : null,
    };

    /// <summary>Stands in the way of a charge that may still arrive: there is one payment an order, and this is it.</summary>
    public static Payment Cancelled(Guid orderId, Guid customerId, Flow flow, decimal amount, string currency, DateTimeOffset now) => new()
    {
        Id = Guid.CreateVersion7(now), OrderId = orderId, CustomerId = customerId, Flow = flow, Amount = amount, Currency = currency,
        Status = PaymentStatus.Cancelled, Reason = "called off before it was taken", CreatedAt = now,
    };

    public bool IsFor(Guid customerId, decimal amount, string currency, string token) =>
        CustomerId == customerId && Amount == amount && Currency == currency && (Token == token || Status == PaymentStatus.Cancelled);

    /// <summary>Takes the provider's answer; null when it was taken before, so that the fact is announced once.</summary>
    public PaymentEvent? Settle(ChargeAnswer answer)
    {
        if (Status != PaymentStatus.Pending) return null;
        (Status, Reason) = answer.Charged ? (PaymentStatus.Succeeded, null) : (PaymentStatus.Declined, answer.DeclineReason);
        RestWhenSettled();
        return answer.Charged ? new PaymentConfirmed(this) : new PaymentFailed(this, Reason!);
    }

    /// <summary>What came of it, for those who missed it; null while that is not known, and when it was called off, of which they know.</summary>
    public PaymentEvent? Outcome() => this switch
    {
        { CalledOff: true } => null,
        { Status: PaymentStatus.Succeeded } => new PaymentConfirmed(this),
        { Status: PaymentStatus.Declined } => new PaymentFailed(this, Reason!),
        _ => null,
    };

    /// <summary>What may still be given back: refunds under way count as given.</summary>
    public decimal Refundable => Status == PaymentStatus.Succeeded ? Amount - refunds.Sum(refund => refund.Amount) : 0;

    /// <summary>Begins a refund, or finds the one that this key began before.</summary>
    /// <param name="amount">Null for all that is left.</param>
    public RefundDecision Refund(string key, decimal? amount, DateTimeOffset now, TimeSpan recoverAfter)
    {
        var decision = Decide(key, amount, now, recoverAfter);
        RestWhenSettled();
        return decision;
    }

    RefundDecision Decide(string key, decimal? amount, DateTimeOffset now, TimeSpan recoverAfter)
    {
        if (Status == PaymentStatus.Pending) return new("payment-pending", "The payment is not settled yet, so nothing can be refunded.");
        if (Status is PaymentStatus.Declined or PaymentStatus.Cancelled) return new("payment-not-charged", "Nothing was charged, so nothing can be refunded.");

        if (refunds.Find(refund => refund.Key == key) is { } known)
            return amount is null || amount == known.Amount ? new(known) : new("idempotency-key-reused", "This key began a refund of another amount.");
        if (amount is null && Refundable == 0) return new(Refund: null);
        if (amount > Refundable) return new("refund-exceeds-payment", $"{Refundable:0.00} {Currency} can still be refunded.");

        var begun = new Refund(Guid.CreateVersion7(now), key, amount ?? Refundable, now, now + recoverAfter);
        refunds.Add(begun);
        return new(begun);
    }

    // A refund that was begun has a due time of its own.
    void RestWhenSettled()
    {
        if (Status != PaymentStatus.Pending && !(CalledOff && Refundable > 0)) Due = null;
    }

    /// <summary>The provider gave the money back; null when that was noted before.</summary>
    public PaymentRefunded? Settle(Refund refund, DateTimeOffset now)
    {
        if (refund.SettledAt is not null) return null;
        refund.SettledAt = now;
        Refunded += refund.Amount;
        if (Refunded == Amount) Status = PaymentStatus.Refunded;
        return new(this, refund.Amount);
    }
}

/// <summary>Money on its way back. Its id is the provider's idempotency key.</summary>
public sealed class Refund(Guid id, string key, decimal amount, DateTimeOffset createdAt, DateTimeOffset due)
{
    public Guid Id { get; } = id;
    public string Key { get; } = key;
    public decimal Amount { get; } = amount;
    public DateTimeOffset CreatedAt { get; } = createdAt;

    /// <summary>When <see cref="SettlePending"/> next sees to it, if nobody asked before.</summary>
    public DateTimeOffset Due { get; } = due;
    public DateTimeOffset? SettledAt { get; internal set; }
}

/// <summary>A refund to carry out; or neither refund nor problem, when all was given back already; or a problem's slug and explanation.</summary>
public readonly record struct RefundDecision(Refund? Refund, string? Problem = null, string? Detail = null)
{
    public RefundDecision(string problem, string detail) : this(null, problem, detail) { }
}

/// <summary>How a payment looks from outside: the token stays here.</summary>
public sealed record PaymentView(
    Guid Id, Guid OrderId, Guid CustomerId, decimal Amount, decimal Refunded, string Currency, PaymentStatus Status, string? Reason, DateTimeOffset CreatedAt)
{
    public PaymentView(Payment payment) : this(payment.Id, payment.OrderId, payment.CustomerId, payment.Amount, payment.Refunded, payment.Currency,
        payment.Status, payment.Reason, payment.CreatedAt) { }
}
