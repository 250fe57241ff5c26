using System.Globalization;

namespace Kampung.Products.Shopify;

/// <summary>Which column holds what, by the names of Shopify's exports, the older ones and those since 2025.</summary>
sealed class ShopifyHeader
{
    static readonly Dictionary<string, string> NewNames = new(StringComparer.OrdinalIgnoreCase)
    {
        ["URL handle"] = "Handle",
        ["Description"] = "Body (HTML)",
        ["Published on online store"] = "Published",
        ["SKU"] = "Variant SKU",
        ["Barcode"] = "Variant Barcode",
        ["Price"] = "Variant Price",
        ["Compare-at price"] = "Variant Compare At Price",
        ["Charge tax"] = "Variant Taxable",
        ["Inventory quantity"] = "Variant Inventory Qty",
        ["Weight value (grams)"] = "Variant Grams",
        ["Requires shipping"] = "Variant Requires Shipping",
        ["Product image URL"] = "Image Src",
        ["Image alt text"] = "Image Alt Text",
        ["Variant image URL"] = "Variant Image",
    };

    readonly Dictionary<string, int> columns = new(StringComparer.OrdinalIgnoreCase);

    public ShopifyHeader(string[] names)
    {
        Width = names.Length;
        for (var i = 0; i < names.Length; i++)
        {
            var name = names[i].Trim();
            columns.TryAdd(NewNames.GetValueOrDefault(name, name), i);
        }
        string[] required = ["Handle", "Title", "Variant Price"];
        if (required.Where(name => !columns.ContainsKey(name)).ToArray() is { Length: > 0 } missing)
            throw new ShopifyCsvException($"The first line must name the columns of a Shopify product export, separated by commas; it lacks {string.Join(", ", missing)}.");
    }

    public int Width { get; }

    public int? this[string column] => columns.TryGetValue(column, out var i) ? i : null;
}

/// <summary>One row's fields by column name, read as what they should be; the first that cannot be read is the row's reason.</summary>
sealed class ShopifyRow
{
    readonly ShopifyHeader header;
    readonly string[] fields;

    public ShopifyRow(ShopifyHeader header, string[] fields, int line, bool misquoted)
    {
        if (misquoted) throw new ShopifyRowException("a double quote is out of place: a field with quotes is written in quotes, with each inner quote doubled");
        if (fields.Length != header.Width) throw new ShopifyRowException($"has {fields.Length} columns, the first line has {header.Width}");
        (this.header, this.fields, Line) = (header, fields, line);
    }

    public int Line { get; }

    public bool Has(string column) => Raw(column) != "";

    public string Handle()
    {
        var handle = Raw("Handle").ToLowerInvariant();
        return handle == "" ? throw Unreadable("Handle", "is missing") : Checked("Handle", handle, ProductRules.Handle(handle));
    }

    public string Text(string column, int max = ProductRules.MaxTitle) => Checked(column, Raw(column), ProductRules.Line(Raw(column), max: max));

    public string Required(string column) => Has(column) ? Text(column) : throw Unreadable(column, "is missing");

    public string Html(string column) => Checked(column, Raw(column), ProductRules.Html(Raw(column)));

    /// <summary>Excel takes long numbers for quantities, so exports write <c>'9556001</c>.</summary>
    public string Code(string column) => Text(column).TrimStart('\'');

    public string Url(string column) => Checked(column, Raw(column), ProductRules.Url(Raw(column)));

    public decimal Price(string column)
    {
        if (!Has(column)) throw Unreadable(column, "is missing");
        var price = Number(column);
        return ProductRules.Cents(Checked(column, price, ProductRules.Price(price)));
    }

    /// <summary>A weight or count, which some exports write with decimals: <c>250.0</c>.</summary>
    public int Whole(string column, int max)
    {
        var number = decimal.Round(Number(column), MidpointRounding.AwayFromZero);
        return number > max ? throw Unreadable(column, $"must be at most {max}") : (int)Math.Max(number, -1);
    }

    public bool Flag(string column, bool whenEmpty) => Raw(column).ToLowerInvariant() switch
    {
        "" => whenEmpty,
        "true" => true,
        "false" => false,
        var other => throw Unreadable(column, $"'{Shortened(other)}' is neither true nor false"),
    };

    public static ShopifyRowException Unreadable(string column, string reason) => new($"{column} {reason}");

    string Raw(string column) => header[column] is { } i ? fields[i].Trim() : "";

    decimal Number(string column) =>
        decimal.TryParse(Raw(column), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw Unreadable(column, $"'{Shortened(Raw(column))}' is not a number");

    static T Checked<T>(string column, T value, string? wrong) => wrong is null ? value : throw Unreadable(column, wrong);

    static string Shortened(string text) => text.Length > 40 ? text[..40] + "…" : text;
}
