using System.Text.Json.Serialization;
using Kampung.Messaging;
using Kampung.Notifications.Letters;

namespace Kampung.Notifications;

/// <summary>A rider has the order and is under way.</summary>
[Topic("delivery-picked-up")]
public sealed record DeliveryPickedUp(Guid OrderId, Guid CustomerId, Rider Rider) : IEvent
{
    [JsonIgnore] public Guid Subject => OrderId;
}

public sealed record Rider(string Name);

static class TellOnItsWay
{
    public static Task Handle(DeliveryPickedUp delivery, EventContext context) =>
        context.TellAsync(delivery.CustomerId, Kind.OnItsWay, delivery, delivery.OrderId);
}
