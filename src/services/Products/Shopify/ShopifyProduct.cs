namespace Kampung.Products.Shopify;

/// <summary>A product that grows row by row.</summary>
sealed class ShopifyProduct(string handle, ImportSettings settings, DateTimeOffset now)
{
    static readonly string[] KitchenTypes = ["Food", "Drink", "Dessert", "Snack"];

    readonly List<Variant> variants = [];
    readonly List<Picture> pictures = [];
    string[] optionNames = [];
    Product? product;
    int? firstLine;

    public string Handle => handle;

    /// <summary>Where it begins in the file.</summary>
    public int Line => firstLine ?? 0;

    public bool HasVariants => product is not null && variants.Count > 0;

    /// <summary>Set when a row could not be read that belongs, or may belong, to this product.</summary>
    public bool LacksRows { get; set; }

    public void Add(ShopifyRow row)
    {
        if (firstLine is null)
        {
            firstLine = row.Line;
            product = Describe(row);
        }
        else if (product is null)
        {
            throw new ShopifyRowException($"its product cannot be read, see line {firstLine}");
        }
        var variant = HasVariant(row) ? ReadVariant(row) : null;
        var picture = ReadPicture(row);
        if (variant is null && picture is null) throw new ShopifyRowException("has neither a variant nor a picture");
        if (variant is not null) variants.Add(variant);
        if (picture is not null && pictures.TrueForAll(other => other.Url != picture.Url)) pictures.Add(picture);
    }

    /// <summary>
    /// The product to save, given the one that is there: its next version, or <see langword="null"/> when nothing changed.
    /// A product whose rows could not all be read only adds and changes: what an unreadable row might have said of the existing one stays as it is.
    /// </summary>
    public Product? Over(Product? existing)
    {
        var whole = product! with { Variants = [.. variants], Pictures = [.. pictures.OrderBy(picture => picture.Position)] };
        if (existing is null) return whole;
        if (!LacksRows) return whole.Replacing(existing);

        var read = Variant.KeepIds(existing.Variants, whole.Variants);
        return (whole with
        {
            Variants = [.. read, .. existing.Variants.ExceptBy(read.Select(variant => variant.Id), variant => variant.Id)],
            Pictures = [.. whole.Pictures.UnionBy(existing.Pictures, picture => picture.Url).OrderBy(picture => picture.Position)],
        }).Replacing(existing);
    }

    Product Describe(ShopifyRow row)
    {
        // Names first: the rows that follow give only the values.
        optionNames = [row.Text("Option1 Name"), row.Text("Option2 Name"), row.Text("Option3 Name")];
        var type = row.Text("Type");
        var tags = row.Text("Tags", 10_000).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Distinct(StringComparer.OrdinalIgnoreCase).ToArray();
        if (tags.Length > Product.MaxTags) throw ShopifyRow.Unreadable("Tags", $"must be at most {Product.MaxTags}");
        var stall = row.Has("Vendor") ? row.Text("Vendor") : settings.Stall;
        if (settings.OnlyThisStall && stall != settings.Stall) throw new ShopifyRowException($"is of another stall than {settings.Stall}");
        return new(Guid.CreateVersion7(now), handle, row.Required("Title"), row.Html("Body (HTML)"), stall, type, tags,
            Published(row), KindOf(type, tags), settings.Currency, [], [], now, now, Version: 1);
    }

    /// <summary>Shopify's export does not say what needs a kitchen: food, drinks, desserts and snacks do, and whatever is tagged <c>prepared</c>.</summary>
    static ProductKind KindOf(string type, string[] tags) =>
        KitchenTypes.Contains(type, StringComparer.OrdinalIgnoreCase) || tags.Contains("prepared", StringComparer.OrdinalIgnoreCase) ? ProductKind.Prepared : ProductKind.Stocked;

    /// <summary>Newer exports have a status besides the flag; drafts and archived products are not for sale.</summary>
    static bool Published(ShopifyRow row) => row.Flag("Published", whenEmpty: true) & row.Text("Status").ToLowerInvariant() switch
    {
        "" or "active" => true,
        "draft" or "archived" or "unlisted" => false,
        var other => throw ShopifyRow.Unreadable("Status", $"'{other}' is none of active, draft, archived, unlisted"),
    };

    bool HasVariant(ShopifyRow row) => row.Line == firstLine || row.Has("Option1 Value") || row.Has("Variant SKU") || row.Has("Variant Price");

    Variant ReadVariant(ShopifyRow row)
    {
        if (variants.Count == Product.MaxVariants) throw new ShopifyRowException($"is variant {Product.MaxVariants + 1}; a product has at most {Product.MaxVariants}");
        var options = ReadOptions(row);
        if (variants.Exists(other => other.OptionsKey == Variant.OptionsKeyOf(options)))
            throw new ShopifyRowException(options.Count == 0 ? "is a second variant without an option value" : $"repeats the variant '{Variant.TitleOf(options)}'");
        return new(Guid.CreateVersion7(now), row.Code("Variant SKU"), Variant.TitleOf(options), options,
            row.Price("Variant Price"), row.Has("Variant Compare At Price") ? row.Price("Variant Compare At Price") : null, settings.Currency,
            // Shopify counts below zero when it oversells; then there is nothing on the shelf.
            row.Has("Variant Inventory Qty") ? Math.Max(0, row.Whole("Variant Inventory Qty", ProductRules.MaxStock)) : null,
            row.Has("Variant Image") ? row.Url("Variant Image") : null,
            Grams(row), row.Flag("Variant Requires Shipping", whenEmpty: true), row.Flag("Variant Taxable", whenEmpty: true),
            row.Has("Variant Barcode") ? row.Code("Variant Barcode") : null);
    }

    /// <summary>A product without options has, in Shopify's files, the option <c>Title = Default Title</c>.</summary>
    List<Option> ReadOptions(ShopifyRow row)
    {
        var options = new List<Option>();
        for (var i = 0; i < optionNames.Length; i++)
        {
            var value = row.Text($"Option{i + 1} Value");
            if (value == "" || (optionNames[i] is "Title" or "" && value == "Default Title")) continue;
            options.Add(optionNames[i] == "" ? throw ShopifyRow.Unreadable($"Option{i + 1} Value", "has no Option Name in the product's first row") : new(optionNames[i], value));
        }
        return options;
    }

    static int Grams(ShopifyRow row)
    {
        var grams = row.Has("Variant Grams") ? row.Whole("Variant Grams", ProductRules.MaxGrams) : 0;
        return grams >= 0 ? grams : throw ShopifyRow.Unreadable("Variant Grams", "must not be negative");
    }

    Picture? ReadPicture(ShopifyRow row)
    {
        if (!row.Has("Image Src")) return null;
        if (pictures.Count == Product.MaxPictures) throw new ShopifyRowException($"is picture {Product.MaxPictures + 1}; a product has at most {Product.MaxPictures}");
        var position = row.Has("Image Position") ? row.Whole("Image Position", 10_000) : pictures.Count + 1;
        return position < 1
            ? throw ShopifyRow.Unreadable("Image Position", "must be at least 1")
            : new(row.Url("Image Src"), row.Has("Image Alt Text") ? row.Text("Image Alt Text", 512) : null, position);
    }
}

/// <summary>What Shopify's file leaves to the shop that it came from.</summary>
/// <param name="Currency">ISO 4217: the file's prices have none.</param>
/// <param name="Stall">The stall of products without a vendor.</param>
/// <param name="OnlyThisStall">Products of other vendors are left out.</param>
sealed record ImportSettings(string Currency, string Stall, bool OnlyThisStall = false);
