using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Products;

/// <summary>GET /products: what is for sale, searched, filtered, sorted, page by page.</summary>
static class BrowseProducts
{
    const int MaxSearch = 200;
    const int MaxWords = 10;

    public static void MapBrowseProducts(this RouteGroupBuilder products) => products.MapGet("", Handle).WithName("BrowseProducts");

    static async Task<Results<Ok<Page<Product>>, ProblemHttpResult>> Handle(
        Paging paging, IProductStore store, CancellationToken ct,
        string? search = null, string? stall = null, string? tag = null, string? type = null, decimal? minPrice = null, decimal? maxPrice = null, string? sort = null)
    {
        var order = sort switch
        {
            null or "title" => ProductSort.Title,
            "price" => ProductSort.Price,
            "-price" => ProductSort.PriceDescending,
            "newest" => ProductSort.Newest,
            _ => (ProductSort?)null,
        };
        var after = paging.After<ProductPosition>();

        var errors = new FieldErrors();
        var words = Words(search, errors);
        errors.AllowText(stall, "stall", ProductRules.MaxTitle);
        errors.AllowText(tag, "tag", ProductRules.MaxTitle);
        errors.AllowText(type, "type", ProductRules.MaxTitle);
        errors.Require(minPrice is null or >= 0, "minPrice", "must not be negative");
        errors.Require(maxPrice is null or >= 0, "maxPrice", "must not be negative");
        errors.Require(!(minPrice > maxPrice), "minPrice", "must not be above maxPrice");
        errors.Require(order is not null, "sort", "must be title, price, -price or newest");
        errors.Require(after is null || order is null || after.Sort == order, "cursor", "belongs to a list in another order");
        if (errors.Any) return errors.Problem();

        // An empty filter, as a form sends it, filters nothing.
        var found = await store.Search(
            new(words, NullIfEmpty(stall), NullIfEmpty(tag), NullIfEmpty(type), minPrice, maxPrice, order!.Value, after, paging.Limit + 1), ct);
        return TypedResults.Ok(Page.Of(found, paging.Limit, product => product, product => ProductPosition.Of(product, order.Value)));
    }

    internal static string[] Words(string? search, FieldErrors errors)
    {
        var words = (search ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        errors.AllowText(search, "search", MaxSearch);
        errors.Require(words.Length <= MaxWords, "search", $"must have at most {MaxWords} words");
        return words;
    }

    static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
