using System.Text.Json.Serialization;
using Kampung.Messaging;

namespace Kampung.Orders;

/// <summary>What the facts about an order have in common.</summary>
public abstract record OrderEvent(
    Guid OrderId, Guid CustomerId, Flow Flow, string Currency, decimal Total, IReadOnlyList<OrderLine> Lines, DateTimeOffset PlacedAt) : IEvent
{
    protected OrderEvent(Order order) : this(order.Id, order.CustomerId, order.Flow, order.Currency, order.Total, order.Lines, order.PlacedAt) { }

    [JsonIgnore]
    public Guid Subject => OrderId;
}

[Topic("order-placed")]
public sealed record OrderPlaced : OrderEvent
{
    public OrderPlaced(Order order) : base(order)
    {
        Address = new(order.Address);
        PaymentToken = order.Flow == Flow.Choreographed ? order.PaymentToken : null;
    }

    public Destination Address { get; }

    /// <summary>Only where no chief passes it to payment-service.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? PaymentToken { get; }
}

/// <summary>Where an order goes.</summary>
public sealed record Destination(string Line1, string? Line2, string City, string? PostalCode, string Country, string? Label)
{
    public Destination(Address address) : this(address.Line1, address.Line2, address.City, address.PostalCode, address.Country, address.Label) { }
}

[Topic("order-confirmed")]
public sealed record OrderConfirmed : OrderEvent
{
    public OrderConfirmed(Order order) : base(order) { }
}

[Topic("order-rejected")]
public sealed record OrderRejected : OrderEvent
{
    public OrderRejected(Order order) : base(order) => Reason = order.Reason;

    public string? Reason { get; }
}

[Topic("order-cancelled")]
public sealed record OrderCancelled : OrderEvent
{
    public OrderCancelled(Order order) : base(order) => (Reason, Apology) = (order.Reason, order.Apology);

    public string? Reason { get; }

    /// <summary>Cancelled by us and not by its customer.</summary>
    public bool Apology { get; }
}

[Topic("order-completed")]
public sealed record OrderCompleted : OrderEvent
{
    public OrderCompleted(Order order) : base(order) { }
}

/// <summary>Only in the choreographed flow: delivery-service answers with delivery-cancelled, unless a rider has the order already.</summary>
[Topic("order-cancel-requested")]
public sealed record OrderCancelRequested(Guid OrderId, Guid CustomerId, Flow Flow, string Reason) : IEvent
{
    public OrderCancelRequested(Order order) : this(order.Id, order.CustomerId, order.Flow, order.CancelReason!) { }

    [JsonIgnore]
    public Guid Subject => OrderId;
}
