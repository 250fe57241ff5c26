using System.Text.Json.Serialization;
using Kampung.Messaging;

namespace Kampung.Kitchen;

/// <summary>Who leads the order through the stalls.</summary>
public enum Flow
{
    /// <summary>The chief, who calls each stall: it announces trouble and waits to be told.</summary>
    Orchestrated,
    /// <summary>Nobody: each stall acts on what it hears, and helps itself.</summary>
    Choreographed,
}

/// <summary>What the facts about a ticket have in common. They are keyed by the order, so that one order's facts stay in sequence.</summary>
public abstract record TicketEvent(Guid TicketId, Guid OrderId, Guid CustomerId, Flow Flow, string Stall) : IEvent
{
    [JsonIgnore]
    public Guid Subject => OrderId;
}

/// <summary>A station has the ticket: the first one, or another one to which it was moved.</summary>
[Topic("ticket-accepted")]
public sealed record TicketAccepted(Guid TicketId, Guid OrderId, Guid CustomerId, Flow Flow, string Stall, string Station, DateTimeOffset DueAt)
    : TicketEvent(TicketId, OrderId, CustomerId, Flow, Stall)
{
    public TicketAccepted(KitchenOrder order, Ticket ticket)
        : this(ticket.Id, order.OrderId, order.CustomerId!.Value, order.Flow, ticket.Stall, ticket.Station!, ticket.DueAt!.Value) { }
}

/// <param name="Times">How often this ticket has been overdue, wherever it was: 1, 2, …</param>
[Topic("ticket-overdue")]
public sealed record TicketOverdue(Guid TicketId, Guid OrderId, Guid CustomerId, Flow Flow, string Stall, string Station, int Times)
    : TicketEvent(TicketId, OrderId, CustomerId, Flow, Stall)
{
    public TicketOverdue(KitchenOrder order, Ticket ticket)
        : this(ticket.Id, order.OrderId, order.CustomerId!.Value, order.Flow, ticket.Stall, ticket.Station!, ticket.OverdueTimes) { }
}

/// <param name="Remaining">Tickets of the order that are not ready yet; 0: all of it is.</param>
[Topic("meal-prepared")]
public sealed record MealPrepared(Guid TicketId, Guid OrderId, Guid CustomerId, Flow Flow, string Stall, string Station, int Remaining)
    : TicketEvent(TicketId, OrderId, CustomerId, Flow, Stall)
{
    public MealPrepared(KitchenOrder order, Ticket ticket)
        : this(ticket.Id, order.OrderId, order.CustomerId!.Value, order.Flow, ticket.Stall, ticket.Station!, order.Tickets.Count(t => t.Status != TicketStatus.Ready)) { }
}

/// <summary>Final: no station of the stall is left.</summary>
[Topic("preparation-failed")]
public sealed record PreparationFailed(Guid TicketId, Guid OrderId, Guid CustomerId, Flow Flow, string Stall, string Reason)
    : TicketEvent(TicketId, OrderId, CustomerId, Flow, Stall)
{
    public PreparationFailed(KitchenOrder order, Ticket ticket, string reason)
        : this(ticket.Id, order.OrderId, order.CustomerId!.Value, order.Flow, ticket.Stall, reason) { }
}

/// <summary>What the kitchen hears, with the fields that it needs. In the orchestrated flow it acts on none of them: the chief calls.</summary>
public abstract record HeardEvent(Guid OrderId, Guid CustomerId, Flow Flow) : IEvent
{
    [JsonIgnore]
    public Guid Subject => OrderId;
}

[Topic("order-placed")]
public sealed record OrderPlaced(Guid OrderId, Guid CustomerId, IReadOnlyList<OrderPlaced.Line> Lines, Flow Flow = Flow.Orchestrated) : HeardEvent(OrderId, CustomerId, Flow)
{
    public sealed record Line(string Title, string? VariantTitle, string Stall, string Kind, int Quantity);
}

[Topic("payment-confirmed")]
public sealed record PaymentConfirmed(Guid OrderId, Guid CustomerId, Flow Flow = Flow.Orchestrated) : HeardEvent(OrderId, CustomerId, Flow);

[Topic("order-rejected")]
public sealed record OrderRejected(Guid OrderId, Guid CustomerId, Flow Flow = Flow.Orchestrated) : HeardEvent(OrderId, CustomerId, Flow);

[Topic("order-cancelled")]
public sealed record OrderCancelled(Guid OrderId, Guid CustomerId, Flow Flow = Flow.Orchestrated) : HeardEvent(OrderId, CustomerId, Flow);
