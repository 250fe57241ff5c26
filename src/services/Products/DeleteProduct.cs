using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Products;

/// <summary>DELETE /products/{id}: takes a product, published or not, out of the catalogue.</summary>
static class DeleteProduct
{
    public static void MapDeleteProduct(this RouteGroupBuilder products) => products.MapDelete("/{id:guid}", Handle).WithName("DeleteProduct");

    static async Task<Results<NoContent, ProblemHttpResult>> Handle(Guid id, Caller caller, IProductStore store, CancellationToken ct)
    {
        if (await store.Find(id, ct) is not { } product) return Problems.NotFound("product", id);
        if (!caller.Keeps(product.Stall)) return StallOwner.NotYourStall(product.Stall);
        try
        {
            await store.Delete(product, ProductChanged.Of(product, deleted: true), ct);
            return TypedResults.NoContent();
        }
        catch (ProductConflictException)
        {
            return SaveProduct.ChangedMeanwhile();
        }
    }
}
