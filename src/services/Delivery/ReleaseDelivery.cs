using Kampung.Messaging;

namespace Kampung.Delivery;

/// <summary>
/// What makes an order that nobody leads ready for a rider: its last meal, or its payment if there is nothing to cook. That may be heard of before the order.
/// </summary>
static class ReleaseDelivery
{
    public static Task Hear(PaymentConfirmed paid, EventContext context)
    {
        if (paid.Flow == Flow.Choreographed)
            context.Services.GetRequiredService<DeliveryDesk>().Note(paid.OrderId, (delivery, roster) => delivery.Pay(roster));
        return Task.CompletedTask;
    }

    public static Task Hear(MealPrepared prepared, EventContext context)
    {
        if (prepared is { Flow: Flow.Choreographed, Remaining: 0 })
            context.Services.GetRequiredService<DeliveryDesk>().Note(prepared.OrderId, (delivery, roster) => delivery.Prepare(roster));
        return Task.CompletedTask;
    }
}
