using System.Diagnostics;

namespace Kampung.Orders;

public enum OrderStatus
{
    /// <summary>Taken; the chief is at it.</summary>
    Placed,
    Confirmed,
    Rejected,
    Cancelled,
}

/// <summary>An order and everything that happened to it. Knows which change may follow which and the fact that announces it; knows no database and no HTTP.</summary>
public sealed class Order
{
    readonly List<TimelineEntry> timeline = [];

    public Guid Id { get; private init; }
    public Guid CustomerId { get; private init; }
    public OrderStatus Status { get; private set; }
    public string? Reason { get; private set; }
    public string Currency { get; private init; } = "";
    public IReadOnlyList<OrderLine> Lines { get; private init; } = [];
    public decimal Total { get; private init; }

    /// <summary>As it was when the order was placed, whatever the customer changes later.</summary>
    public Address Address { get; private init; } = null!;
    public string PaymentToken { get; private init; } = "";
    public DateTimeOffset PlacedAt { get; private init; }
    public DateTimeOffset? SettledAt { get; private set; }

    /// <summary>The sequence of the newest timeline entry.</summary>
    public int TimelineLength { get; private set; }
    public IReadOnlyList<TimelineEntry> Timeline => timeline;

    public static (Order Order, OrderPlaced Fact) Place(
        Guid customerId, Address address, string currency, IReadOnlyList<OrderLine> lines, string paymentToken, DateTimeOffset now)
    {
        var order = new Order
        {
            Id = Guid.CreateVersion7(now), CustomerId = customerId, Address = address, Currency = currency, Lines = lines,
            Total = lines.Sum(line => line.LineTotal), PaymentToken = paymentToken, PlacedAt = now,
        };
        order.Note(now, "order-service", "placed");
        return (order, new OrderPlaced(order));
    }

    public OrderConfirmed Confirm(DateTimeOffset now)
    {
        Settle(OrderStatus.Confirmed, reason: null, now, from: OrderStatus.Placed);
        return new(this);
    }

    public OrderRejected Reject(string reason, DateTimeOffset now)
    {
        Settle(OrderStatus.Rejected, reason, now, from: OrderStatus.Placed);
        return new(this);
    }

    public OrderCancelled Cancel(string reason, DateTimeOffset now)
    {
        Settle(OrderStatus.Cancelled, reason, now, OrderStatus.Placed, OrderStatus.Confirmed);
        return new(this);
    }

    /// <summary>Adds to the timeline, with the trace that this is a part of.</summary>
    public void Note(DateTimeOffset at, string who, string what, string? detail = null, string? step = null, int? attempt = null) =>
        timeline.Add(new(Id, ++TimelineLength, at, who, what, detail, step, attempt, Activity.Current?.TraceId.ToHexString()));

    void Settle(OrderStatus status, string? reason, DateTimeOffset now, params ReadOnlySpan<OrderStatus> from)
    {
        if (!from.Contains(Status)) throw new InvalidOperationException($"An order that is {Status} cannot become {status}.");
        (Status, Reason, SettledAt) = (status, reason, now);
#pragma warning disable CA1308 // the wire's camelCase of a one-word name
        Note(now, "order-service", status.ToString().ToLowerInvariant(), reason);
#pragma warning restore CA1308
    }
}

/// <summary>One line as product-service quoted it.</summary>
/// <param name="Kind"><c>prepared</c> (goes through a kitchen) or <c>stocked</c>.</param>
public sealed record OrderLine(
    Guid VariantId, Guid ProductId, string Title, string? VariantTitle, string Stall, string Kind, int Quantity, decimal UnitPrice, decimal LineTotal);

/// <summary>Where an order goes.</summary>
/// <param name="Country">ISO 3166-1 alpha-2.</param>
public sealed record Address(Guid Id, string Line1, string City, string Country, string? Label = null, string? Line2 = null, string? PostalCode = null);

/// <summary>Something that happened to an order.</summary>
/// <param name="Sequence">1, 2, 3… within the order; also the id of the server-sent event.</param>
/// <param name="Who">The service that said so.</param>
/// <param name="Step">The plan's step that it belongs to.</param>
/// <param name="Attempt">Which attempt of the step, from 1.</param>
public sealed record TimelineEntry(
    [property: System.Text.Json.Serialization.JsonIgnore] Guid OrderId,
    int Sequence, DateTimeOffset At, string Who, string What, string? Detail, string? Step, int? Attempt, string? TraceId);

/// <summary>How an order looks to its customer.</summary>
/// <param name="Timeline">Only when one order is asked for.</param>
public sealed record OrderView(
    Guid Id, Guid CustomerId, OrderStatus Status, string? Reason, string Currency, IReadOnlyList<OrderLine> Lines, decimal Total, Address Address,
    DateTimeOffset PlacedAt, DateTimeOffset? SettledAt,
    [property: System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
    IReadOnlyList<TimelineEntry>? Timeline = null)
{
    public OrderView(Order order, IReadOnlyList<TimelineEntry>? timeline = null)
        : this(order.Id, order.CustomerId, order.Status, order.Reason, order.Currency, order.Lines, order.Total, order.Address, order.PlacedAt, order.SettledAt, timeline) { }
}
