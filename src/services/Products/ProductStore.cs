namespace Kampung.Products;

/// <summary>Where the documents are. A change and the event that tells of it are saved together or not at all.</summary>
interface IProductStore
{
    Task<bool> IsEmpty(CancellationToken ct);

    Task<Product?> Find(Guid id, CancellationToken ct);

    Task<IReadOnlyList<Product>> FindByHandles(IReadOnlyCollection<string> handles, CancellationToken ct);

    /// <summary>The products that these variants belong to, published or not.</summary>
    Task<IReadOnlyList<Product>> FindByVariants(IReadOnlyCollection<Guid> variantIds, CancellationToken ct);

    /// <summary>Products in the order asked for.</summary>
    Task<IReadOnlyList<Product>> Search(ProductSearch search, CancellationToken ct);

    /// <summary>What is published, counted by stall, type and tag.</summary>
    /// <param name="most">How many of each.</param>
    Task<Facets> Facets(int most, CancellationToken ct);

    /// <summary>Saves all of them and their events in one transaction. A product of version 1 is new, any other replaces the version before it.</summary>
    /// <exception cref="ProductConflictException">Nothing was saved: another version is there by now, or another product has the handle.</exception>
    Task Save(IReadOnlyCollection<Product> products, IEnumerable<ProductChanged> events, CancellationToken ct);

    /// <inheritdoc cref="Save"/>
    Task Delete(Product product, ProductChanged tell, CancellationToken ct);
}

/// <summary>What to list. Texts are compared without regard to case.</summary>
/// <param name="Words">All of them must occur in title, description, stall, type or tags.</param>
/// <param name="MinPrice">Prices are compared with the cheapest variant's.</param>
/// <param name="After">Where the page before ended.</param>
/// <param name="Hidden">Also those that are not published.</param>
sealed record ProductSearch(
    IReadOnlyList<string> Words, string? Stall, string? Tag, string? Type, decimal? MinPrice, decimal? MaxPrice, ProductSort Sort, ProductPosition? After, int Limit,
    bool Hidden = false);

enum ProductSort { Title, Price, PriceDescending, Newest }

/// <summary>A product's place in a list of that order. It names values, not a count, so products that come and go meanwhile move nothing.</summary>
sealed record ProductPosition(ProductSort Sort, string Title, decimal Price, Guid Id)
{
    public static ProductPosition Of(Product product, ProductSort sort) => new(sort, TitleKey(product), product.LowestPrice, product.Id);

    public static string TitleKey(Product product) => product.Title.ToLowerInvariant();
}

/// <summary>Somebody else was quicker.</summary>
sealed class ProductConflictException(Exception inner) : Exception("The product was changed by somebody else at the same time.", inner);
