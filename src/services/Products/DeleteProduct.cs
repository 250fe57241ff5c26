using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Kampung.Products;

/// <summary>DELETE /products/{id}: takes a product, published or not, out of the catalogue; with If-Match only the version that is named.</summary>
static class DeleteProduct
{
    public static void MapDeleteProduct(this RouteGroupBuilder products) => products.MapDelete("/{id:guid}", Handle).WithName("DeleteProduct");

    static async Task<Results<NoContent, ProblemHttpResult>> Handle(
        Guid id, Caller caller, IProductStore store, CancellationToken ct, [FromHeader(Name = "If-Match")] string? ifMatch = null)
    {
        if (await store.FindFor(caller, id, ct) is not { } product) return Problems.NotFound("product", id);
        if (!ProductVersion.Matches(ifMatch, product)) return ProductVersion.Changed();
        try
        {
            await store.Delete(product, ProductChanged.Of(product, deleted: true), ct);
            return TypedResults.NoContent();
        }
        catch (ProductConflictException)
        {
            return ifMatch is null ? SaveProduct.ChangedMeanwhile() : ProductVersion.Changed();
        }
    }
}
