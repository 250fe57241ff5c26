using System.Text.Json.Serialization;
using Kampung.Messaging;

namespace Kampung.Products;

/// <summary>A product is new, says something else than before, or is gone (<paramref name="Deleted"/>): all of it as it is now, so that nobody has to ask.</summary>
[Topic("product-changed")]
public sealed record ProductChanged(
    Guid ProductId, string Handle, string Title, string Stall, ProductKind Kind, bool Published, bool Deleted, string Currency, IReadOnlyList<ProductChanged.Variant> Variants) : IEvent
{
    [JsonIgnore] public Guid Subject => ProductId;

    /// <param name="StockQuantity">As the merchant counted it; <see langword="null"/> when nobody counts.</param>
    public sealed record Variant(Guid VariantId, string Sku, string Title, decimal Price, int? StockQuantity);

    public static ProductChanged Of(Product product, bool deleted = false) => new(
        product.Id, product.Handle, product.Title, product.Stall, product.Kind, product.Published, deleted, product.Currency,
        [.. product.Variants.Select(variant => new Variant(variant.Id, variant.Sku, variant.Title, variant.Price, variant.StockQuantity))]);
}
