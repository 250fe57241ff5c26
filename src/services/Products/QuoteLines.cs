using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Kampung.Products;

/// <summary>POST /products/quote (inside): what these lines cost now. Prices come from here, never from who orders.</summary>
static class QuoteLines
{
    public const int MaxQuantity = 999;

    public sealed record Request(IReadOnlyList<Line?> Lines);

    public sealed record Line(Guid VariantId, int Quantity);

    /// <param name="Total">In <paramref name="Currency"/>, the exact sum of the lines.</param>
    public sealed record Quote(string Currency, IReadOnlyList<QuotedLine> Lines, decimal Total);

    public sealed record QuotedLine(
        Guid VariantId, Guid ProductId, string Title, string VariantTitle, string Stall, ProductKind Kind, int Quantity, decimal UnitPrice, decimal LineTotal);

    public static void MapQuoteLines(this RouteGroupBuilder products) => products.MapPost("/quote", Handle).WithName("QuoteLines");

    static async Task<Results<Ok<Quote>, ProblemHttpResult>> Handle(Request request, IProductStore store, IOptionsSnapshot<CatalogueOptions> options, CancellationToken ct)
    {
        var errors = Check(request, options.Value.MaxQuoteLines);
        if (errors.Any) return errors.Problem();
        return Calculate(request, await store.FindByVariants([.. request.Lines.Select(line => line!.VariantId).Distinct()], ct));
    }

    static FieldErrors Check(Request request, int maxLines)
    {
        var errors = new FieldErrors();
        if (!errors.Require(request.Lines.Count > 0, "lines", "must not be empty")) return errors;
        if (!errors.Require(request.Lines.Count <= maxLines, "lines", $"must be at most {maxLines}")) return errors;
        for (var i = 0; i < request.Lines.Count; i++)
        {
            if (errors.Require(request.Lines[i] is not null, $"lines[{i}]", "must not be null"))
                errors.Require(request.Lines[i]!.Quantity is >= 1 and <= MaxQuantity, $"lines[{i}].quantity", $"must be 1 to {MaxQuantity}");
        }
        return errors;
    }

    internal static Results<Ok<Quote>, ProblemHttpResult> Calculate(Request request, IReadOnlyList<Product> products)
    {
        var forSale = (from product in products
                       where product.Published
                       from variant in product.Variants
                       select (product, variant)).ToDictionary(pair => pair.variant.Id);
        var unknown = new FieldErrors();
        for (var i = 0; i < request.Lines.Count; i++)
            unknown.Require(forSale.ContainsKey(request.Lines[i]!.VariantId), $"lines[{i}].variantId", "is not for sale");
        if (unknown.Any) return Problems.Unprocessable("unknown-product", "Something asked for is not for sale.", errors: unknown);

        List<QuotedLine> lines = [.. request.Lines.Select(line =>
        {
            var (product, variant) = forSale[line!.VariantId];
            return new QuotedLine(variant.Id, product.Id, product.Title, variant.Title, product.Stall, product.Kind, line.Quantity, variant.Price, line.Quantity * variant.Price);
        })];
        var currencies = request.Lines.Select(line => forSale[line!.VariantId].variant.Currency).Distinct().ToArray();
        if (currencies.Length > 1)
            return Problems.Unprocessable("mixed-currencies", "One order has one currency.", $"The lines are priced in {string.Join(" and ", currencies)}.");

        var total = lines.Sum(line => line.LineTotal);
        return total <= Product.MaxAmount
            ? TypedResults.Ok(new Quote(currencies[0], lines, total))
            : Problems.Unprocessable("total-too-large", "The total is too large.", $"It is above {Product.MaxAmount} {currencies[0]}.");
    }
}
