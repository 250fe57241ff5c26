using System.Text.Json.Serialization;
using Kampung.Messaging;
using Kampung.Notifications.Letters;

namespace Kampung.Notifications;

/// <summary>The order is at its address.</summary>
[Topic("delivery-completed")]
public sealed record DeliveryCompleted(Guid OrderId, Guid CustomerId, Rider Rider) : IEvent
{
    [JsonIgnore] public Guid Subject => OrderId;
}

static class TellDelivered
{
    public static Task Handle(DeliveryCompleted delivery, EventContext context) =>
        context.TellAsync(delivery.CustomerId, Kind.Delivered, delivery, delivery.OrderId);
}
