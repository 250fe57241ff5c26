using System.Text.Json.Serialization;
using Kampung.Messaging;

namespace Kampung.Orders;

/// <summary>What the facts about an order have in common.</summary>
public abstract record OrderEvent(Guid OrderId, Guid CustomerId, string Currency, decimal Total, IReadOnlyList<OrderLine> Lines, DateTimeOffset PlacedAt) : IEvent
{
    protected OrderEvent(Order order) : this(order.Id, order.CustomerId, order.Currency, order.Total, order.Lines, order.PlacedAt) { }

    [JsonIgnore]
    public Guid Subject => OrderId;
}

[Topic("order-placed")]
public sealed record OrderPlaced : OrderEvent
{
    public OrderPlaced(Order order) : base(order) { }
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
    public OrderCancelled(Order order) : base(order) => Reason = order.Reason;

    public string? Reason { get; }
}
