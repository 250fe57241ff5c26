using Kampung.Messaging;
using Kampung.Notifications.Letters;

namespace Kampung.Notifications;

/// <summary>An order did not come about, for a reason such as a declined card.</summary>
[Topic("order-rejected")]
public sealed record OrderRejected(
    Guid OrderId, Guid CustomerId, string Currency, decimal Total, IReadOnlyList<OrderLine> Lines, string? Reason = null) : IEvent
{
    public Guid Subject => OrderId;
}

static class SendRejection
{
    public static Task Handle(OrderRejected order, EventContext context) =>
        context.TellAsync(order.CustomerId, Kind.OrderRejected, order, order.OrderId);
}
