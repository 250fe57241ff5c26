using Kampung.Messaging;
using Kampung.Notifications.Letters;

namespace Kampung.Notifications;

/// <summary>An order stands: confirm it, line by line.</summary>
[Topic("order-confirmed")]
public sealed record OrderConfirmed(Guid OrderId, Guid CustomerId, string Currency, decimal Total, IReadOnlyList<OrderLine> Lines) : IEvent
{
    public Guid Subject => OrderId;
}

/// <summary>A line as the order announces it; prices are in the order's currency.</summary>
public sealed record OrderLine(string Title, int Quantity, decimal UnitPrice, string? VariantTitle = null, string? Stall = null)
{
    public decimal LineTotal => Quantity * UnitPrice;
}

static class SendConfirmation
{
    public static Task Handle(OrderConfirmed order, EventContext context) =>
        context.TellAsync(order.CustomerId, Kind.OrderConfirmed, order, order.OrderId);
}
