using Kampung.Messaging;

namespace Kampung.Kitchen;

/// <summary>The payment of an order that nobody leads is heard of: its held tickets are accepted, or will be as soon as they are known.</summary>
static class StartCooking
{
    public static Task Hear(PaymentConfirmed paid, EventContext context) => paid.Flow == Flow.Orchestrated
        ? Task.CompletedTask
        : context.Services.GetRequiredService<TicketDesk>().ChangeOrAddAsync(paid.OrderId, [], (order, shift) => order.Pay(shift), context.CancellationToken);
}
