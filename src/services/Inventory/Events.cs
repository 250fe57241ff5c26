using System.Text.Json.Serialization;
using Kampung.Messaging;

namespace Kampung.Inventory;

/// <summary>Who makes the stalls act on an order: the chief by calling them, or they themselves on each other's events.</summary>
public enum Flow { Orchestrated, Choreographed }

public sealed record StockLine(Guid VariantId, int Quantity);

/// <summary>What the facts about an order's stock have in common.</summary>
public abstract record StockEvent(Guid OrderId, Guid CustomerId, Flow Flow) : IEvent
{
    [JsonIgnore]
    public Guid Subject => OrderId;
}

/// <summary>Every line of the order is set aside.</summary>
[Topic("stock-reserved")]
public sealed record StockReserved(Guid OrderId, Guid CustomerId, Flow Flow, IReadOnlyList<StockLine> Lines) : StockEvent(OrderId, CustomerId, Flow);

/// <summary>Not every line is there, so that nothing is set aside.</summary>
/// <param name="Lines">Those that fall short.</param>
[Topic("stock-rejected")]
public sealed record StockRejected(Guid OrderId, Guid CustomerId, Flow Flow, string Reason, IReadOnlyList<StockRejected.Shortage> Lines)
    : StockEvent(OrderId, CustomerId, Flow)
{
    public sealed record Shortage(Guid VariantId, int Requested, long Available);
}

/// <summary>What was set aside is on the shelves again.</summary>
[Topic("stock-released")]
public sealed record StockReleased(Guid OrderId, Guid CustomerId, Flow Flow, string Reason, IReadOnlyList<StockLine> Lines) : StockEvent(OrderId, CustomerId, Flow);

// What is heard: only the members that matter here.

[Topic("product-changed")]
public sealed record ProductChanged(Guid ProductId, string Title, string Stall, IReadOnlyList<ProductChanged.Variant> Variants) : IEvent
{
    [JsonIgnore]
    public Guid Subject => ProductId;

    public sealed record Variant(Guid VariantId, string Sku, string Title, int? StockQuantity);
}

[Topic("order-placed")]
public sealed record OrderPlaced(Guid OrderId, Guid CustomerId, IReadOnlyList<StockLine> Lines, Flow Flow = Flow.Orchestrated) : IEvent
{
    [JsonIgnore]
    public Guid Subject => OrderId;
}

[Topic("order-completed")]
public sealed record OrderCompleted(Guid OrderId, Guid CustomerId, IReadOnlyList<StockLine> Lines, Flow Flow = Flow.Orchestrated) : IEvent
{
    [JsonIgnore]
    public Guid Subject => OrderId;
}

[Topic("order-rejected")]
public sealed record OrderRejected(Guid OrderId, Flow Flow = Flow.Orchestrated) : IEvent
{
    [JsonIgnore]
    public Guid Subject => OrderId;
}

[Topic("order-cancelled")]
public sealed record OrderCancelled(Guid OrderId, Flow Flow = Flow.Orchestrated) : IEvent
{
    [JsonIgnore]
    public Guid Subject => OrderId;
}

[Topic("payment-failed")]
public sealed record PaymentFailed(Guid OrderId, Flow Flow = Flow.Orchestrated) : IEvent
{
    [JsonIgnore]
    public Guid Subject => OrderId;
}
