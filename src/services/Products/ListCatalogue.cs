using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Products;

/// <summary>GET /products/all: what somebody may change, published or not, by title: a merchant the own stall's, an operator everything.</summary>
static class ListCatalogue
{
    public static void MapListCatalogue(this RouteGroupBuilder products) => products.MapGet("/all", Handle).WithName("ListCatalogue");

    static async Task<Results<Ok<Page<Product>>, ProblemHttpResult>> Handle(Paging paging, Caller caller, IProductStore store, CancellationToken ct, string? search = null)
    {
        var after = paging.After<ProductPosition>();
        var errors = new FieldErrors();
        var words = BrowseProducts.Words(search, errors);
        errors.Require(after is null or { Sort: ProductSort.Title }, "cursor", "belongs to a list in another order");
        if (errors.Any) return errors.Problem();
        // A merchant without a stall has nothing, not everything.
        var stall = caller.IsOperator ? null : caller.Stall ?? "";

        var found = await store.Search(new(words, stall, null, null, null, null, ProductSort.Title, after, paging.Limit + 1, Hidden: true), ct);
        return TypedResults.Ok(Page.Of(found, paging.Limit, product => product, product => ProductPosition.Of(product, ProductSort.Title)));
    }
}
