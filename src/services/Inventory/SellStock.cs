using Kampung.Messaging;

namespace Kampung.Inventory;

/// <summary>What was set aside for an order is the customer's when the order is completed.</summary>
static class SellStock
{
    public static Task Handle(OrderCompleted completed, EventContext context)
    {
        context.Services.GetRequiredService<StockRoom>().Ask(new Sell(completed.OrderId, context.Services.GetRequiredService<ILogger<Sell>>()));
        return Task.CompletedTask;
    }

    sealed class Sell(Guid orderId, ILogger log) : StockRequest
    {
        public override Guid? OrderId => orderId;

        public override void CarryOut(StockRoom room)
        {
            if (room.Find(orderId) is not { } reservation || !reservation.Sell(room.Shelves, room.Now))
                log.LogWarning("Order {OrderId} is completed, and nothing was set aside for it", orderId);
        }
    }
}
