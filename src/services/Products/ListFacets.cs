using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Products;

/// <summary>GET /products/facets: what the list of products can be narrowed down to: which stalls sell, which types, which tags, and how many products each has.</summary>
static class ListFacets
{
    /// <summary>Of each; those with the most products.</summary>
    const int Most = 100;

    public static void MapListFacets(this RouteGroupBuilder products) => products.MapGet("/facets", Handle).WithName("ListFacets");

    static async Task<Ok<Facets>> Handle(IProductStore store, CancellationToken ct) => TypedResults.Ok(await store.Facets(Most, ct));
}

/// <summary>Of all that is published; those with the most products first.</summary>
sealed record Facets(IReadOnlyList<StallFacet> Stalls, IReadOnlyList<Facet> Types, IReadOnlyList<Facet> Tags);

/// <param name="PictureUrl">Of one of its products.</param>
sealed record StallFacet(string Name, int Products, string? PictureUrl);

sealed record Facet(string Name, int Products);
