using Kampung.Messaging;
using Kampung.Notifications.Letters;

namespace Kampung.Notifications;

/// <summary>An order that stood was called off.</summary>
[Topic("order-cancelled")]
public sealed record OrderCancelled(
    Guid OrderId, Guid CustomerId, string Currency, decimal Total, IReadOnlyList<OrderLine> Lines, string? Reason = null) : IEvent
{
    public Guid Subject => OrderId;
}

static class SendCancellation
{
    public static Task Handle(OrderCancelled order, EventContext context) =>
        context.TellAsync(order.CustomerId, Kind.OrderCancelled, order, order.OrderId);
}
