using System.Text.Json.Serialization;
using Kampung.Messaging;

namespace Kampung.Orders;

/// <summary>What the stalls say about an order, as far as order-service needs it.</summary>
public abstract record StallEvent(Guid OrderId) : IEvent
{
    [JsonIgnore]
    public Guid Subject => OrderId;
}

[Topic("stock-reserved")]
public sealed record StockReserved(Guid OrderId) : StallEvent(OrderId);

[Topic("stock-rejected")]
public sealed record StockRejected(Guid OrderId, string? Reason = null) : StallEvent(OrderId);

[Topic("stock-released")]
public sealed record StockReleased(Guid OrderId, string? Reason = null) : StallEvent(OrderId);

[Topic("payment-confirmed")]
public sealed record PaymentConfirmed(Guid OrderId, decimal Amount, string Currency) : StallEvent(OrderId);

[Topic("payment-failed")]
public sealed record PaymentFailed(Guid OrderId, string? Reason = null) : StallEvent(OrderId);

[Topic("payment-refunded")]
public sealed record PaymentRefunded(Guid OrderId, decimal Amount, string Currency) : StallEvent(OrderId);

[Topic("ticket-accepted")]
public sealed record TicketAccepted(Guid OrderId, string Station) : StallEvent(OrderId);

/// <param name="Times">How often the ticket has been overdue.</param>
[Topic("ticket-overdue")]
public sealed record TicketOverdue(Guid OrderId, string Station, int Times) : StallEvent(OrderId);

/// <param name="Remaining">Tickets of the order that are not ready yet.</param>
[Topic("meal-prepared")]
public sealed record MealPrepared(Guid OrderId, string Station, int Remaining) : StallEvent(OrderId);

[Topic("preparation-failed")]
public sealed record PreparationFailed(Guid OrderId, string? Reason = null) : StallEvent(OrderId);

public sealed record Rider(string Name);

[Topic("delivery-assigned")]
public sealed record DeliveryAssigned(Guid OrderId, Rider Rider) : StallEvent(OrderId);

/// <param name="Attempt">Which rider it was: the first, the second… Null: the present one.</param>
[Topic("delivery-picked-up")]
public sealed record DeliveryPickedUp(Guid OrderId, Rider Rider, int? Attempt = null) : StallEvent(OrderId);

[Topic("delivery-completed")]
public sealed record DeliveryCompleted(Guid OrderId, Rider Rider) : StallEvent(OrderId);

/// <param name="Attempt">Which rider it was: the first, the second…</param>
/// <param name="Exhausted">There is none left to try.</param>
[Topic("delivery-failed")]
public sealed record DeliveryFailed(Guid OrderId, int Attempt, bool Exhausted, string? Reason = null) : StallEvent(OrderId);

[Topic("delivery-cancelled")]
public sealed record DeliveryCancelled(Guid OrderId, string? Reason = null) : StallEvent(OrderId);
