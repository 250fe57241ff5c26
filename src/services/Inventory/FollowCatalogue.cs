using Kampung.Messaging;

namespace Kampung.Inventory;

/// <summary>Takes over the stock of each variant as the catalogue tells it.</summary>
static class FollowCatalogue
{
    public static Task Handle(ProductChanged product, EventContext context)
    {
        context.Services.GetRequiredService<StockRoom>().Ask(new Hear(product));
        return Task.CompletedTask;
    }

    sealed class Hear(ProductChanged product) : StockRequest
    {
        public override IEnumerable<Guid> Variants => product.Variants.Select(variant => variant.VariantId);

        public override void CarryOut(StockRoom room)
        {
            foreach (var variant in product.Variants) room.Shelf(variant.VariantId).Hear(product, variant);
        }
    }
}
