using System.Text.Json.Serialization;
using Kampung.Messaging;

namespace Kampung.Payments;

/// <summary>Who makes the stalls act on an order: the chief by calling them, or they themselves on each other's events.</summary>
public enum Flow { Orchestrated, Choreographed }

/// <summary>What the facts about a payment have in common. They are keyed by the order, so that one order's facts stay in sequence.</summary>
public abstract record PaymentEvent(Guid PaymentId, Guid OrderId, Guid CustomerId, Flow Flow, decimal Amount, string Currency) : IEvent
{
    [JsonIgnore]
    public Guid Subject => OrderId;
}

[Topic("payment-confirmed")]
public sealed record PaymentConfirmed(Guid PaymentId, Guid OrderId, Guid CustomerId, Flow Flow, decimal Amount, string Currency)
    : PaymentEvent(PaymentId, OrderId, CustomerId, Flow, Amount, Currency)
{
    public PaymentConfirmed(Payment payment) : this(payment.Id, payment.OrderId, payment.CustomerId, payment.Flow, payment.Amount, payment.Currency) { }
}

[Topic("payment-failed")]
public sealed record PaymentFailed(Guid PaymentId, Guid OrderId, Guid CustomerId, Flow Flow, decimal Amount, string Currency, string Reason)
    : PaymentEvent(PaymentId, OrderId, CustomerId, Flow, Amount, Currency)
{
    public PaymentFailed(Payment payment, string reason) : this(payment.Id, payment.OrderId, payment.CustomerId, payment.Flow, payment.Amount, payment.Currency, reason) { }
}

/// <param name="Amount">What this refund gave back, which can be a part of the payment.</param>
[Topic("payment-refunded")]
public sealed record PaymentRefunded(Guid PaymentId, Guid OrderId, Guid CustomerId, Flow Flow, decimal Amount, string Currency)
    : PaymentEvent(PaymentId, OrderId, CustomerId, Flow, Amount, Currency)
{
    public PaymentRefunded(Payment payment, decimal amount) : this(payment.Id, payment.OrderId, payment.CustomerId, payment.Flow, amount, payment.Currency) { }
}

// What is heard: only the members that matter here.

/// <param name="PaymentToken">Only in the choreographed flow.</param>
[Topic("order-placed")]
public sealed record OrderPlaced(Guid OrderId, Guid CustomerId, decimal Total, string Currency, string? PaymentToken = null, Flow Flow = Flow.Orchestrated) : IEvent
{
    [JsonIgnore]
    public Guid Subject => OrderId;
}

[Topic("stock-reserved")]
public sealed record StockReserved(Guid OrderId, Flow Flow = Flow.Orchestrated) : IEvent
{
    [JsonIgnore]
    public Guid Subject => OrderId;
}

[Topic("order-rejected")]
public sealed record OrderRejected(Guid OrderId, Guid CustomerId, decimal Total, string Currency, Flow Flow = Flow.Orchestrated) : IEvent
{
    [JsonIgnore]
    public Guid Subject => OrderId;
}

[Topic("order-cancelled")]
public sealed record OrderCancelled(Guid OrderId, Guid CustomerId, decimal Total, string Currency, Flow Flow = Flow.Orchestrated) : IEvent
{
    [JsonIgnore]
    public Guid Subject => OrderId;
}
