using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Products;

/// <summary>A product's version as an entity tag, so that nobody overwrites or deletes what they have not seen.</summary>
static class ProductVersion
{
    public static string Tag(Product product) => $"\"{product.Version}\"";

    /// <param name="ifMatch">The header: one tag or several, or <c>*</c>; null: whoever asks does not mind. An answer in XML has the tag as a weak one.</param>
    public static bool Matches(string? ifMatch, Product product) =>
        ifMatch is null || ifMatch.Split(',', StringSplitOptions.TrimEntries).Any(tag => tag == "*" || tag == Tag(product) || tag == $"W/{Tag(product)}");

    public static ProblemHttpResult Changed() => Problems.Of(
        StatusCodes.Status412PreconditionFailed, "changed-meanwhile", "The product was changed by somebody else meanwhile.", "Load it again, then make your change.");
}
