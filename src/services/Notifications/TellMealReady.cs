using System.Text.Json.Serialization;
using Kampung.Messaging;
using Kampung.Notifications.Letters;

namespace Kampung.Notifications;

/// <summary>A stall has finished its part of an order.</summary>
/// <param name="Remaining">How many stalls are still at it.</param>
[Topic("meal-prepared")]
public sealed record MealPrepared(Guid OrderId, Guid CustomerId, int Remaining) : IEvent
{
    [JsonIgnore] public Guid Subject => OrderId;
}

static class TellMealReady
{
    public static Task Handle(MealPrepared meal, EventContext context) =>
        meal.Remaining == 0 ? context.TellAsync(meal.CustomerId, Kind.MealReady, meal, meal.OrderId) : Task.CompletedTask;
}
