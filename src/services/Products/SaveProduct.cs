using System.Text;
using System.Text.RegularExpressions;
using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Kampung.Products;

/// <summary>
/// POST /products creates a product, PUT /products/{id} replaces it; with If-Match only the version that is named. Variants that the request still has keep their ids.
/// </summary>
static partial class SaveProduct
{
    /// <param name="Handle">Made from the title when left out.</param>
    public sealed record Request(
        string Title,
        string Stall,
        ProductKind Kind,
        string Currency,
        IReadOnlyList<RequestedVariant?> Variants,
        string? Handle = null,
        string? DescriptionHtml = null,
        string? Type = null,
        IReadOnlyList<string?>? Tags = null,
        bool Published = true,
        IReadOnlyList<RequestedPicture?>? Pictures = null);

    /// <param name="Id">An existing variant of the product. Without it, the one with the same options or SKU is meant; else it is a new one.</param>
    public sealed record RequestedVariant(
        decimal Price,
        Guid? Id = null,
        string? Sku = null,
        IReadOnlyList<Option?>? Options = null,
        decimal? CompareAtPrice = null,
        int? StockQuantity = null,
        string? PictureUrl = null,
        int Grams = 0,
        bool RequiresShipping = true,
        bool Taxable = true,
        string? Barcode = null);

    public sealed record RequestedPicture(string Url, string? Alt = null);

    public static void MapSaveProduct(this RouteGroupBuilder products)
    {
        products.MapPost("", Create).WithName("CreateProduct");
        products.MapPut("/{id:guid}", Replace).WithName("ReplaceProduct");
    }

    static async Task<Results<Created<Product>, ProblemHttpResult>> Create(Request request, Caller caller, IProductStore store, TimeProvider time, CancellationToken ct)
    {
        var errors = Check(request, existing: null);
        if (errors.Any) return errors.Problem();
        if (!caller.Keeps(request.Stall.Trim())) return StallOwner.NotYourStall(request.Stall.Trim());

        var product = ToProduct(request, time.GetUtcNow());
        if ((await store.FindByHandles([product.Handle], ct)).Count > 0) return HandleTaken(product.Handle);
        try
        {
            await store.Save([product], [ProductChanged.Of(product)], ct);
            return TypedResults.Created($"/products/{product.Id}", product);
        }
        catch (ProductConflictException)
        {
            return HandleTaken(product.Handle);
        }
    }

    static async Task<Results<Ok<Product>, ProblemHttpResult>> Replace(
        Guid id, Request request, Caller caller, IProductStore store, TimeProvider time, HttpContext http, CancellationToken ct, [FromHeader(Name = "If-Match")] string? ifMatch = null)
    {
        if (await store.FindFor(caller, id, ct) is not { } existing) return Problems.NotFound("product", id);
        var errors = Check(request, existing);
        if (errors.Any) return errors.Problem();
        if (!caller.Keeps(request.Stall.Trim())) return StallOwner.NotYourStall(request.Stall.Trim());
        if (!ProductVersion.Matches(ifMatch, existing)) return ProductVersion.Changed();

        var product = ToProduct(request, time.GetUtcNow()).Replacing(existing);
        if (product is null) return Saved(existing);
        if ((await store.FindByHandles([product.Handle], ct)).Any(other => other.Id != id)) return HandleTaken(product.Handle);
        try
        {
            await store.Save([product], [ProductChanged.Of(product)], ct);
            return Saved(product);
        }
        catch (ProductConflictException)
        {
            return ifMatch is null ? ChangedMeanwhile() : ProductVersion.Changed();
        }

        Ok<Product> Saved(Product version)
        {
            http.Response.Headers.ETag = ProductVersion.Tag(version);
            return TypedResults.Ok(version);
        }
    }

    static ProblemHttpResult HandleTaken(string handle) => Problems.Conflict("handle-taken", "Another product has this handle.", $"The handle '{handle}' is taken.");

    internal static ProblemHttpResult ChangedMeanwhile() =>
        Problems.Conflict("changed-meanwhile", "The product was changed by somebody else at the same time.", "Read it again, then decide.");

    internal static FieldErrors Check(Request request, Product? existing)
    {
        var errors = new FieldErrors();
        Require("title", ProductRules.Line(request.Title, min: 1));
        if (request.Handle is not null) Require("handle", ProductRules.Handle(request.Handle));
        else if (Slug(request.Title) == "") errors.Add("handle", "is required, since the title has no letters to make it from");
        Require("stall", ProductRules.Line(request.Stall, min: 1));
        Require("type", ProductRules.Line(request.Type ?? ""));
        Require("descriptionHtml", ProductRules.Html(request.DescriptionHtml ?? ""));
        Require("currency", ProductRules.Currency(request.Currency));
        errors.Require(Enum.IsDefined(request.Kind), "kind", "must be prepared or stocked");

        Each(request.Tags ?? [], "tags", 0, Product.MaxTags, (tag, field) => Require(field, ProductRules.Line(tag, min: 1)));
        Each(request.Pictures ?? [], "pictures", 0, Product.MaxPictures, (picture, field) =>
        {
            Require($"{field}.url", ProductRules.Url(picture.Url));
            Require($"{field}.alt", ProductRules.Line(picture.Alt ?? "", max: 512));
        });
        var options = new HashSet<string>();
        var ids = new HashSet<Guid>();
        Each(request.Variants, "variants", 1, Product.MaxVariants, (variant, field) =>
        {
            Require($"{field}.price", ProductRules.Price(variant.Price));
            Require($"{field}.compareAtPrice", ProductRules.Price(variant.CompareAtPrice ?? 0));
            Require($"{field}.sku", ProductRules.Line(variant.Sku ?? ""));
            Require($"{field}.barcode", ProductRules.Line(variant.Barcode ?? ""));
            Require($"{field}.grams", ProductRules.Range(variant.Grams, ProductRules.MaxGrams));
            Require($"{field}.stockQuantity", ProductRules.Range(variant.StockQuantity ?? 0, ProductRules.MaxStock));
            if (variant.PictureUrl is { } url) Require($"{field}.pictureUrl", ProductRules.Url(url));
            if (variant.Id is { } id)
            {
                errors.Require(existing is null || existing.Variants.Any(other => other.Id == id), $"{field}.id", "is no variant of this product");
                errors.Require(existing is not null, $"{field}.id", "is given out by this service: leave it out for a new product");
                errors.Require(ids.Add(id), $"{field}.id", "is there twice");
            }
            Each(variant.Options ?? [], $"{field}.options", 0, ProductRules.MaxOptions, (option, optionField) =>
            {
                Require($"{optionField}.name", ProductRules.Line(option.Name, min: 1));
                Require($"{optionField}.value", ProductRules.Line(option.Value, min: 1));
            });
            if (!errors.Any) errors.Require(options.Add(Variant.OptionsKeyOf(OptionsOf(variant))), $"{field}.options", "are those of another variant");
        });
        return errors;

        void Require(string field, string? wrong)
        {
            if (wrong is not null) errors.Add(field, wrong);
        }

        void Each<T>(IReadOnlyList<T?> items, string field, int min, int max, Action<T, string> check) where T : class
        {
            // What is too long is not read further: the answer would be longer than the question.
            if (!errors.Require(items.Count >= min && items.Count <= max, field, min == 0 ? $"must be at most {max}" : $"must be {min} to {max}")) return;
            for (var i = 0; i < items.Count; i++)
            {
                if (items[i] is { } item) check(item, $"{field}[{i}]");
                else errors.Add($"{field}[{i}]", "must not be null");
            }
        }
    }

    static Product ToProduct(Request request, DateTimeOffset now) => new(
        Guid.CreateVersion7(now), request.Handle ?? Slug(request.Title), request.Title.Trim(), request.DescriptionHtml ?? "", request.Stall.Trim(), request.Type?.Trim() ?? "",
        [.. (request.Tags ?? []).Select(tag => tag!.Trim()).Distinct(StringComparer.OrdinalIgnoreCase)], request.Published, request.Kind, request.Currency,
        [.. request.Variants.Select(variant => ToVariant(variant!, request.Currency, now))],
        [.. (request.Pictures ?? []).Select((picture, i) => new Picture(picture!.Url, picture.Alt, i + 1))],
        now, now, Version: 1);

    static Variant ToVariant(RequestedVariant variant, string currency, DateTimeOffset now)
    {
        var options = OptionsOf(variant);
        return new(
            variant.Id ?? Guid.CreateVersion7(now), variant.Sku?.Trim() ?? "", Variant.TitleOf(options), options,
            ProductRules.Cents(variant.Price), variant.CompareAtPrice is { } before ? ProductRules.Cents(before) : null, currency,
            variant.StockQuantity, variant.PictureUrl, variant.Grams, variant.RequiresShipping, variant.Taxable, variant.Barcode);
    }

    static IReadOnlyList<Option> OptionsOf(RequestedVariant variant) => [.. (variant.Options ?? []).Select(option => new Option(option!.Name.Trim(), option.Value.Trim()))];

    /// <summary>"Roti Canai (2 pcs)" becomes <c>roti-canai-2-pcs</c>.</summary>
    internal static string Slug(string title)
    {
        var slug = NotInHandles().Replace(title.Normalize(NormalizationForm.FormC).ToLowerInvariant(), "-").Trim('-');
        return slug.Length > ProductRules.MaxTitle ? slug[..ProductRules.MaxTitle] : slug;
    }

    [GeneratedRegex(@"[^\p{Ll}\p{Lo}\p{Lm}\p{M}\p{Nd}]+")]
    private static partial Regex NotInHandles();
}
