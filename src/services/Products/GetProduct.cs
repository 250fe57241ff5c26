using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Products;

/// <summary>GET /products/{id}: one published product.</summary>
static class GetProduct
{
    public static void MapGetProduct(this RouteGroupBuilder products) => products.MapGet("/{id:guid}", Handle).WithName("GetProduct");

    static async Task<Results<Ok<Product>, ProblemHttpResult>> Handle(Guid id, IProductStore store, CancellationToken ct) =>
        await store.Find(id, ct) is { Published: true } product ? TypedResults.Ok(product) : Problems.NotFound("product", id);
}
