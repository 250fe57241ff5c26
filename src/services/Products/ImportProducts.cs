using Kampung.Products.Shopify;
using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace Kampung.Products;

/// <summary>
/// POST /products/import: takes in Shopify's product CSV (text/csv, UTF-8, at most 16 MB). Products are matched by handle; rows that cannot be read are reported and the
/// rest is taken in. A merchant's file is about the own stall: what is of another one is reported, too. The same file again changes nothing and tells nobody.
/// </summary>
static class ImportProducts
{
    public const int MaxBytes = 16 * 1024 * 1024;
    const int BatchSize = 100;
    const int Attempts = 5;

    /// <param name="Imported">Products that are new.</param>
    /// <param name="Updated">Products that say something else now.</param>
    /// <param name="Unchanged">Products that were like this already.</param>
    /// <param name="Rejected">Rows that were left out.</param>
    public sealed record Answer(int Imported, int Updated, int Unchanged, IReadOnlyList<RejectedRow> Rejected);

    public static void MapImportProducts(this RouteGroupBuilder products) =>
        products.MapPost("/import", Handle).WithName("ImportProducts").Accepts<string>("text/csv").WithMetadata(new RequestSizeLimitAttribute(MaxBytes));

    static async Task<Results<Ok<Answer>, ProblemHttpResult>> Handle(
        HttpRequest request, Caller caller, IProductStore store, IOptionsSnapshot<CatalogueOptions> options, TimeProvider time, CancellationToken ct, string? currency = null)
    {
        var type = request.GetTypedHeaders().ContentType;
        if (type is null || (type.Charset.HasValue && !type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)))
            return Problems.Of(415, "Send text/csv in UTF-8.");
        var settings = caller.IsOperator
            ? new ImportSettings(currency ?? options.Value.Currency, options.Value.Stall)
            : new ImportSettings(currency ?? options.Value.Currency, caller.Stall ?? "", OnlyThisStall: true);
        if (!caller.IsOperator && caller.Stall is null) return Problems.Of(StatusCodes.Status403Forbidden, "You have no stall.");
        if (ProductRules.Currency(settings.Currency) is { } wrong) return Problems.Validation("currency", wrong);
        try
        {
            return TypedResults.Ok(await SaveAsync(await ShopifyCsv.ReadAsync(request.Body, settings, time.GetUtcNow(), ct), store, ct, settings.OnlyThisStall ? settings.Stall : null));
        }
        catch (ShopifyCsvException e)
        {
            return Problems.Of(400, "unreadable-csv", "This is not a Shopify product export.", e.Message);
        }
        catch (ProductConflictException)
        {
            return SaveProduct.ChangedMeanwhile();
        }
    }

    /// <summary>Batch by batch, each in one transaction; a batch that somebody else gets in the way of is compared and saved again.</summary>
    internal static async Task<Answer> SaveAsync(ShopifyExport export, IProductStore store, CancellationToken ct, string? onlyStall = null)
    {
        List<RejectedRow> rejected = [.. export.Rejected];
        var (imported, updated, unchanged) = (0, 0, 0);
        foreach (var whole in export.Products.Chunk(BatchSize))
        {
            var batch = whole;
            for (var attempt = 1; ; attempt++)
            {
                var existing = (await store.FindByHandles([.. batch.Select(product => product.Handle)], ct)).ToDictionary(product => product.Handle);
                var others = batch.Where(product => onlyStall is not null && existing.TryGetValue(product.Handle, out var known) && known.Stall != onlyStall).ToList();
                rejected.AddRange(others.Select(product => new RejectedRow(product.Line, $"another stall has a product with the handle {product.Handle}")));
                batch = [.. batch.Except(others)];
                Product[] changed = [.. batch.Select(product => product.Over(existing.GetValueOrDefault(product.Handle))).OfType<Product>()];
                try
                {
                    if (changed.Length > 0) await store.Save(changed, changed.Select(product => ProductChanged.Of(product)), ct);
                }
                catch (ProductConflictException) when (attempt < Attempts)
                {
                    continue;
                }
                imported += changed.Count(product => product.Version == 1);
                updated += changed.Count(product => product.Version > 1);
                unchanged += batch.Length - changed.Length;
                break;
            }
        }
        return new(imported, updated, unchanged, rejected);
    }
}
