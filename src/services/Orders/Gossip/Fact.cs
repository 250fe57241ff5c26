using System.Diagnostics;

namespace Kampung.Orders;

/// <summary>What a stall can say about an order.</summary>
[Flags]
public enum FactKind
{
    None = 0,
    StockReserved = 1 << 0,
    StockRejected = 1 << 1,
    StockReleased = 1 << 2,
    PaymentConfirmed = 1 << 3,
    PaymentFailed = 1 << 4,
    PaymentRefunded = 1 << 5,
    TicketAccepted = 1 << 6,
    TicketOverdue = 1 << 7,
    /// <summary>One kitchen is ready, others are not.</summary>
    TicketReady = 1 << 8,
    /// <summary>All of it is ready.</summary>
    MealPrepared = 1 << 9,
    PreparationFailed = 1 << 10,
    DeliveryAssigned = 1 << 11,
    PickedUp = 1 << 12,
    Delivered = 1 << 13,
    /// <summary>One rider failed; others are left.</summary>
    DeliveryFailed = 1 << 14,
    /// <summary>No rider is left to try.</summary>
    DeliveryGivenUp = 1 << 15,
    DeliveryCancelled = 1 << 16,
}

/// <summary>Something that a stall said about an order, in an event.</summary>
/// <param name="Who">The service that published the event.</param>
/// <param name="Times">How often it happened to the order before and now: the second overdue ticket, the third rider.</param>
public sealed record Fact(FactKind Kind, Guid OrderId, string Who, string Topic, Guid EventId, DateTimeOffset At, string? Detail = null, int Times = 1)
{
    /// <summary>The span in which it was heard.</summary>
    public ActivityContext Cause { get; init; }

    public string? TraceId => Cause == default ? null : Cause.TraceId.ToHexString();

    /// <summary>For the timeline: the topic's words.</summary>
    public string What => Topic.Replace('-', ' ');
}
