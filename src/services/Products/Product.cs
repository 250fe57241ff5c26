using System.Text.Json;
using System.Text.Json.Serialization;

namespace Kampung.Products;

/// <summary>How an ordered product gets ready: <see cref="Prepared"/> goes through a kitchen, <see cref="Stocked"/> straight to delivery.</summary>
public enum ProductKind { Prepared, Stocked }

/// <summary>A product of one stall, with its variants: the document that is stored, and the answer of the API.</summary>
/// <param name="Id">UUID version 7, so ids sort by age.</param>
/// <param name="Handle">Its name in addresses, unique and lower-case: <c>satay-chicken</c>.</param>
/// <param name="DescriptionHtml">As the merchant wrote it. Nothing here runs or renders it; whoever shows it to a browser must sanitise it first.</param>
/// <param name="Published">Only published products are listed, shown and sold.</param>
/// <param name="Currency">ISO 4217, the same for all variants.</param>
/// <param name="Version">Counts the changes, from 1: a save that was based on an older version is refused.</param>
public sealed record Product(
    Guid Id,
    string Handle,
    string Title,
    string DescriptionHtml,
    string Stall,
    string Type,
    IReadOnlyList<string> Tags,
    bool Published,
    ProductKind Kind,
    string Currency,
    IReadOnlyList<Variant> Variants,
    IReadOnlyList<Picture> Pictures,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    int Version)
{
    public const int MaxVariants = 100;
    public const int MaxPictures = 250;
    public const int MaxTags = 100;

    /// <summary>What fits <c>numeric(12,2)</c>.</summary>
    public const decimal MaxAmount = 9_999_999_999.99m;

    /// <summary>The price it is listed, filtered and sorted by: that of its cheapest variant.</summary>
    [JsonIgnore] public decimal LowestPrice => Variants.Min(variant => variant.Price);

    /// <summary>How the document is written in the store; the API writes it the same way.</summary>
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    /// <summary>
    /// This product as the next version of <paramref name="existing"/>: it keeps the id, the age and the ids of the variants that it still has.
    /// <see langword="null"/> when it says nothing new.
    /// </summary>
    public Product? Replacing(Product existing)
    {
        var sameTimes = this with
        {
            Id = existing.Id, CreatedAt = existing.CreatedAt, UpdatedAt = existing.UpdatedAt, Version = existing.Version,
            Variants = Variant.KeepIds(existing.Variants, Variants),
        };
        return JsonSerializer.Serialize(sameTimes, Json) == JsonSerializer.Serialize(existing, Json)
            ? null
            : sameTimes with { UpdatedAt = UpdatedAt, Version = existing.Version + 1 };
    }
}

/// <summary>What is sold: one choice of a product's options, with its own price.</summary>
/// <param name="Sku">The merchant's own number; may be empty.</param>
/// <param name="Title">Its option values, <c>Large / Spicy</c>; empty when the product has no options.</param>
/// <param name="Price">In <paramref name="Currency"/>, with at most two decimals.</param>
/// <param name="CompareAtPrice">The former price that the shop strikes through.</param>
/// <param name="StockQuantity">Pieces on the shelf as the merchant counted them; <see langword="null"/> when nobody counts.</param>
/// <param name="PictureUrl">Its own picture, when it has one besides the product's.</param>
public sealed record Variant(
    Guid Id,
    string Sku,
    string Title,
    IReadOnlyList<Option> Options,
    decimal Price,
    decimal? CompareAtPrice,
    string Currency,
    int? StockQuantity,
    string? PictureUrl,
    int Grams,
    bool RequiresShipping,
    bool Taxable,
    string? Barcode)
{
    /// <summary>What tells the variants of one product apart.</summary>
    [JsonIgnore] public string OptionsKey => OptionsKeyOf(Options);

    public static string OptionsKeyOf(IEnumerable<Option> options) => string.Join('\n', options.Select(option => option.Value.ToLowerInvariant()));

    public static string TitleOf(IEnumerable<Option> options) => string.Join(" / ", options.Select(option => option.Value));

    /// <summary>
    /// Gives each variant of <paramref name="incoming"/> the id of the existing one that it stands for, so that ids survive a second import:
    /// the one with that id, else with the same option values, else with the same SKU.
    /// </summary>
    public static IReadOnlyList<Variant> KeepIds(IReadOnlyList<Variant> existing, IReadOnlyList<Variant> incoming)
    {
        var kept = new Variant?[incoming.Count];
        var free = existing.ToList();
        Match((old, variant) => old.Id == variant.Id);
        Match((old, variant) => old.OptionsKey == variant.OptionsKey);
        Match((old, variant) => old.Sku != "" && old.Sku == variant.Sku);
        return [.. incoming.Select((variant, i) => variant with { Id = kept[i]?.Id ?? variant.Id })];

        void Match(Func<Variant, Variant, bool> same)
        {
            for (var i = 0; i < incoming.Count; i++)
            {
                kept[i] ??= free.Find(old => same(old, incoming[i]));
                if (kept[i] is { } taken) free.Remove(taken);
            }
        }
    }
}

/// <summary>One choice: <c>Size = Large</c>.</summary>
public sealed record Option(string Name, string Value);

/// <summary>A picture of a product, shown in the order of <paramref name="Position"/> (from 1).</summary>
public sealed record Picture(string Url, string? Alt, int Position);
