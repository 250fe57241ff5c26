namespace Kampung.Inventory;

/// <summary>
/// The pieces of one variant, each in one of three places: on the shelf, set aside for an order, or sold. Together they are what was ever received;
/// the table has a constraint that says so.
/// </summary>
public sealed class Stock
{
    public Guid VariantId { get; private init; }
    public Guid ProductId { get; private set; }
    public string Sku { get; private set; } = "";
    public string Title { get; private set; } = "";
    public string Stall { get; private set; } = "";

    /// <summary>False when nobody counts: then there is always enough, and the numbers stay as they are.</summary>
    public bool Counted { get; private set; }
    public long OnHand { get; private set; }
    public long Reserved { get; private set; }
    public long Sold { get; private set; }
    public long Received { get; private set; }

    /// <summary>The quantity that product-service last told. Only a change of it is news: sales here do not reach the catalogue.</summary>
    public int? Heard { get; private set; }

    public long Available => Counted ? OnHand : long.MaxValue;

    public static Stock Of(Guid variantId) => new() { VariantId = variantId };

    public void Hear(ProductChanged product, ProductChanged.Variant variant)
    {
        (ProductId, Sku, Stall) = (product.ProductId, variant.Sku, product.Stall);
        Title = variant.Title.Length == 0 ? product.Title : $"{product.Title}, {variant.Title}";
        Counted = variant.StockQuantity is not null;
        if (variant.StockQuantity is { } quantity && quantity != Heard)
            Receive(Math.Max(Heard is { } before ? (long)quantity - before : quantity - OnHand, -OnHand));
        Heard = variant.StockQuantity;
    }

    /// <summary>More pieces on the shelf, or fewer: found, broken, given away.</summary>
    /// <returns>False, and nothing is changed, when there are not as many on the shelf.</returns>
    public bool Receive(long pieces)
    {
        if (OnHand + pieces < 0) return false;
        OnHand += pieces;
        Received += pieces;
        return true;
    }

    public void SetAside(int pieces)
    {
        OnHand -= pieces;
        Reserved += pieces;
    }

    public void PutBack(int pieces) => SetAside(-pieces);

    public void Sell(int pieces)
    {
        Reserved -= pieces;
        Sold += pieces;
    }
}

/// <summary>How the stock of a variant looks from outside.</summary>
public sealed record StockView(
    Guid VariantId, Guid ProductId, string Sku, string Title, string Stall, bool Counted, long OnHand, long Reserved, long Sold, long Received)
{
    public StockView(Stock stock) : this(stock.VariantId, stock.ProductId, stock.Sku, stock.Title, stock.Stall, stock.Counted,
        stock.OnHand, stock.Reserved, stock.Sold, stock.Received) { }
}
