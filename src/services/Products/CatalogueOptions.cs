namespace Kampung.Products;

/// <summary>The section <c>Catalogue</c> of the configuration.</summary>
public sealed class CatalogueOptions
{
    /// <summary>Whether an empty catalogue is filled with the village food court at the start.</summary>
    public bool Demo { get; set; }

    /// <summary>The currency of imported prices when the request names none.</summary>
    public string Currency { get; set; } = "MYR";

    /// <summary>The stall of imported products without a vendor.</summary>
    public string Stall { get; set; } = "Kampung";

    /// <summary>How many lines a quote may have.</summary>
    public int MaxQuoteLines { get; set; } = 100;
}
