using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Products;

/// <summary>GET /products/{id}: one published product. Its entity tag is what a change of it names in If-Match.</summary>
static class GetProduct
{
    public static void MapGetProduct(this RouteGroupBuilder products) => products.MapGet("/{id:guid}", Handle).WithName("GetProduct");

    static async Task<Results<Ok<Product>, ProblemHttpResult>> Handle(Guid id, IProductStore store, HttpContext http, CancellationToken ct)
    {
        if (await store.Find(id, ct) is not { Published: true } product) return Problems.NotFound("product", id);
        http.Response.Headers.ETag = ProductVersion.Tag(product);
        return TypedResults.Ok(product);
    }
}
