using Kampung.Messaging;

namespace Kampung.Kitchen;

/// <summary>The payment of an order that nobody leads is heard of: its held tickets are accepted, or will be as soon as they are known.</summary>
static class StartCooking
{
    public static Task Hear(PaymentConfirmed paid, EventContext context)
    {
        if (paid.Flow == Flow.Choreographed)
            context.Services.GetRequiredService<TicketDesk>().Note(paid.OrderId, [], (order, shift) => order.Pay(shift));
        return Task.CompletedTask;
    }
}
