using Kampung.Messaging;

namespace Kampung.Inventory;

/// <summary>What was set aside for an order is the customer's when the order is completed; also when that is heard before the order was heard of.</summary>
static class SellStock
{
    public static Task Handle(OrderCompleted completed, EventContext context)
    {
        context.Services.GetRequiredService<StockRoom>().Ask(new Sell(
            Order.Of(completed.OrderId, completed.CustomerId, completed.Flow, completed.Lines), context.Services.GetRequiredService<ILogger<Sell>>()));
        return Task.CompletedTask;
    }

    sealed class Sell(Order order, ILogger log) : StockRequest
    {
        public override Guid? OrderId => order.Id;

        public override IEnumerable<Guid> Variants => order.Lines.Select(line => line.VariantId);

        public override void CarryOut(StockRoom room)
        {
            var reservation = room.Of(order.Id);
            if (!reservation.Sell(order, room.Shelves, room.Now))
                log.LogWarning("Order {OrderId} is completed, and what it took is not sold here: its reservation is {Status}", order.Id, reservation.Status);
        }
    }
}
