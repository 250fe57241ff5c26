using System.Text.RegularExpressions;

namespace Kampung.Products;

/// <summary>What the fields of a product may hold, for the API and the import alike. Each rule answers what is wrong, or <see langword="null"/>.</summary>
static partial class ProductRules
{
    public const int MaxTitle = 255;
    public const int MaxHtml = 65_535;
    public const int MaxUrl = 2_048;
    public const int MaxOptions = 3;
    public const int MaxGrams = 10_000_000;
    public const int MaxStock = 1_000_000_000;

    public static string? Handle(string handle) =>
        handle.Length is 0 or > MaxTitle ? $"must have 1 to {MaxTitle} characters"
        : HandlePattern().IsMatch(handle) ? null
        : "must be lower-case letters, digits, '-', '_' and '.'";

    /// <summary>One line of text.</summary>
    public static string? Line(string text, int min = 0, int max = MaxTitle) =>
        text.Trim().Length < min ? "must not be empty"
        : text.Length > max ? $"must have at most {max} characters"
        : text.Any(char.IsControl) ? "must not contain control characters"
        : null;

    public static string? Html(string text) =>
        text.Length > MaxHtml ? $"must have at most {MaxHtml} characters"
        : text.Any(c => char.IsControl(c) && c is not ('\n' or '\r' or '\t')) ? "must not contain control characters"
        : null;

    public static string? Price(decimal price) =>
        price < 0 ? "must not be negative"
        : price > Product.MaxAmount ? $"must be at most {Product.MaxAmount}"
        : decimal.Round(price, 2) != price ? "must have at most two decimals"
        : null;

    public static string? Currency(string currency) => Currencies.Knows(currency) ? null : "must be a currency code of ISO 4217 such as MYR";

    /// <summary>A picture's address: http, https, or a path on the shop's own site.</summary>
    public static string? Url(string url) =>
        url.Length > MaxUrl ? $"must have at most {MaxUrl} characters"
        : url.Any(c => char.IsControl(c) || char.IsWhiteSpace(c)) ? "must not contain white space"
        : url.StartsWith('/') && !url.StartsWith("//", StringComparison.Ordinal) ? null
        : Uri.TryCreate(url, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttps || uri.Scheme == Uri.UriSchemeHttp) ? null
        : "must be an http(s) address";

    public static string? Range(int number, int max) => number < 0 ? "must not be negative" : number > max ? $"must be at most {max}" : null;

    /// <summary>An amount with exactly two decimals, so that equal amounts are written alike.</summary>
    public static decimal Cents(decimal amount) => decimal.Round(amount, 2) + 0.00m;

    [GeneratedRegex(@"^(?!\.)[\p{Ll}\p{Lo}\p{Lm}\p{M}\p{Nd}_.-]+\z")]
    private static partial Regex HandlePattern();
}
