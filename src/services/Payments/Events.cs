using System.Text.Json.Serialization;
using Kampung.Messaging;

namespace Kampung.Payments;

/// <summary>What the facts about a payment have in common. They are keyed by the order, so that one order's facts stay in sequence.</summary>
public abstract record PaymentEvent(Guid PaymentId, Guid OrderId, Guid CustomerId, decimal Amount, string Currency) : IEvent
{
    [JsonIgnore]
    public Guid Subject => OrderId;
}

[Topic("payment-confirmed")]
public sealed record PaymentConfirmed(Guid PaymentId, Guid OrderId, Guid CustomerId, decimal Amount, string Currency)
    : PaymentEvent(PaymentId, OrderId, CustomerId, Amount, Currency)
{
    public PaymentConfirmed(Payment payment) : this(payment.Id, payment.OrderId, payment.CustomerId, payment.Amount, payment.Currency) { }
}

[Topic("payment-failed")]
public sealed record PaymentFailed(Guid PaymentId, Guid OrderId, Guid CustomerId, decimal Amount, string Currency, string Reason)
    : PaymentEvent(PaymentId, OrderId, CustomerId, Amount, Currency)
{
    public PaymentFailed(Payment payment, string reason) : this(payment.Id, payment.OrderId, payment.CustomerId, payment.Amount, payment.Currency, reason) { }
}

/// <param name="Amount">What this refund gave back, which can be a part of the payment.</param>
[Topic("payment-refunded")]
public sealed record PaymentRefunded(Guid PaymentId, Guid OrderId, Guid CustomerId, decimal Amount, string Currency)
    : PaymentEvent(PaymentId, OrderId, CustomerId, Amount, Currency)
{
    public PaymentRefunded(Payment payment, decimal amount) : this(payment.Id, payment.OrderId, payment.CustomerId, amount, payment.Currency) { }
}
