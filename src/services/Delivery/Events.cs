using System.Text.Json.Serialization;
using Kampung.Messaging;

namespace Kampung.Delivery;

/// <summary>Who leads the order through the stalls.</summary>
public enum Flow
{
    /// <summary>The chief, who calls each stall: it announces trouble and waits to be told.</summary>
    Orchestrated,
    /// <summary>Nobody: each stall acts on what it hears, and helps itself.</summary>
    Choreographed,
}

/// <summary>What the facts about a delivery have in common. They are keyed by the order, so that one order's facts stay in sequence.</summary>
public abstract record DeliveryEvent(Guid DeliveryId, Guid OrderId, Guid CustomerId, Flow Flow) : IEvent
{
    protected DeliveryEvent(Delivery delivery) : this(delivery.Id, delivery.OrderId, delivery.CustomerId!.Value, delivery.Flow) { }

    [JsonIgnore]
    public Guid Subject => OrderId;
}

[Topic("delivery-assigned")]
public sealed record DeliveryAssigned : DeliveryEvent
{
    public DeliveryAssigned(Delivery delivery) : base(delivery) => (Rider, Attempt) = (delivery.Rider!, delivery.Attempt);

    public RiderName Rider { get; }
    public int Attempt { get; }
}

/// <summary>From now on the order cannot be called off.</summary>
[Topic("delivery-picked-up")]
public sealed record DeliveryPickedUp : DeliveryEvent
{
    public DeliveryPickedUp(Delivery delivery) : base(delivery) => (Rider, Attempt) = (delivery.Rider!, delivery.Attempt);

    public RiderName Rider { get; }
    public int Attempt { get; }
}

[Topic("delivery-completed")]
public sealed record DeliveryCompleted : DeliveryEvent
{
    public DeliveryCompleted(Delivery delivery) : base(delivery) => Rider = delivery.Rider!;

    public RiderName Rider { get; }
}

/// <summary>An attempt failed. If it was the last one, the delivery is exhausted and nobody will come.</summary>
[Topic("delivery-failed")]
public sealed record DeliveryFailed : DeliveryEvent
{
    public DeliveryFailed(Delivery delivery, bool exhausted) : base(delivery) => (Reason, Attempt, Exhausted) = (delivery.Reason!, delivery.Attempt, exhausted);

    public string Reason { get; }
    public int Attempt { get; }
    public bool Exhausted { get; }
}

/// <summary>The delivery was called off before anybody picked it up.</summary>
[Topic("delivery-cancelled")]
public sealed record DeliveryCancelled : DeliveryEvent
{
    public DeliveryCancelled(Delivery delivery) : base(delivery) => Reason = delivery.Reason!;

    public string Reason { get; }
}

/// <summary>What delivery-service hears, with the fields that it needs. In the orchestrated flow it acts on none of them: the chief calls.</summary>
public abstract record HeardEvent(Guid OrderId, Guid CustomerId, Flow Flow) : IEvent
{
    [JsonIgnore]
    public Guid Subject => OrderId;
}

[Topic("order-placed")]
public sealed record OrderPlaced(Guid OrderId, Guid CustomerId, IReadOnlyList<OrderPlaced.Line> Lines, Flow Flow = Flow.Orchestrated, Address? Address = null)
    : HeardEvent(OrderId, CustomerId, Flow)
{
    public sealed record Line(string Kind, string Title = "", string Stall = "", int Quantity = 1, string? VariantTitle = null);
}

[Topic("payment-confirmed")]
public sealed record PaymentConfirmed(Guid OrderId, Guid CustomerId, Flow Flow = Flow.Orchestrated) : HeardEvent(OrderId, CustomerId, Flow);

/// <param name="Remaining">Tickets of the order that are not ready yet.</param>
[Topic("meal-prepared")]
public sealed record MealPrepared(Guid OrderId, Guid CustomerId, int Remaining, Flow Flow = Flow.Orchestrated) : HeardEvent(OrderId, CustomerId, Flow);

/// <summary>Somebody wants a choreographed order back; whether that is still possible is decided here, by whether it has been picked up.</summary>
[Topic("order-cancel-requested")]
public sealed record OrderCancelRequested(Guid OrderId, Guid CustomerId, string? Reason = null, Flow Flow = Flow.Orchestrated) : HeardEvent(OrderId, CustomerId, Flow);

[Topic("order-rejected")]
public sealed record OrderRejected(Guid OrderId, Guid CustomerId, string? Reason = null, Flow Flow = Flow.Orchestrated) : HeardEvent(OrderId, CustomerId, Flow);

[Topic("order-cancelled")]
public sealed record OrderCancelled(Guid OrderId, Guid CustomerId, string? Reason = null, Flow Flow = Flow.Orchestrated) : HeardEvent(OrderId, CustomerId, Flow);
