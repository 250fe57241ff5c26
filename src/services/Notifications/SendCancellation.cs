using Kampung.Messaging;
using Kampung.Notifications.Letters;

namespace Kampung.Notifications;

/// <summary>An order was called off.</summary>
/// <param name="Apology">It was us who could not keep it, not the customer who changed their mind.</param>
[Topic("order-cancelled")]
public sealed record OrderCancelled(
    Guid OrderId, Guid CustomerId, string Currency, decimal Total, IReadOnlyList<OrderLine> Lines, string? Reason = null, bool Apology = false) : IEvent
{
    public Guid Subject => OrderId;
}

static class SendCancellation
{
    public static Task Handle(OrderCancelled order, EventContext context) =>
        context.TellAsync(order.CustomerId, Kind.OrderCancelled, order, order.OrderId);
}
