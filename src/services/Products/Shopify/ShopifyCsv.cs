using System.Globalization;
using System.Text;
using CsvHelper;
using CsvHelper.Configuration;

namespace Kampung.Products.Shopify;

/// <summary>
/// Reads Shopify's product export (https://help.shopify.com/en/manual/products/import-export/using-csv): the rows of one product share a handle and stand together,
/// the first one tells about the product, each may add a variant, a picture, or both.
/// </summary>
static class ShopifyCsv
{
    /// <summary>All of it is read before anything is saved, so that a file which turns out not to be one changes nothing.</summary>
    /// <exception cref="ShopifyCsvException">The body is not this kind of file at all.</exception>
    public static async Task<ShopifyExport> ReadAsync(Stream body, ImportSettings settings, DateTimeOffset now, CancellationToken ct)
    {
        using var text = new StreamReader(body, new UTF8Encoding(encoderShouldEmitUTF8Identifier: true, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: false);
        var misquoted = false;
        using var csv = new CsvParser(text, new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            Delimiter = ",",
            IgnoreBlankLines = false,   // they count as lines
            BadDataFound = _ => misquoted = true,
        });
        var export = new ShopifyExport([], []);
        try
        {
            var header = await csv.ReadAsync() ? new ShopifyHeader(csv.Record!) : throw new ShopifyCsvException("The file is empty.");
            var handles = new Dictionary<string, int>();
            ShopifyProduct? product = null;

            for (var line = csv.RawRow + 1; await csv.ReadAsync(); line = csv.RawRow + 1)
            {
                ct.ThrowIfCancellationRequested();
                misquoted = false;
                var fields = csv.Record!;
                if (fields is [""]) continue;
                try
                {
                    var row = new ShopifyRow(header, fields, line, misquoted);
                    var handle = row.Handle();
                    if (product?.Handle != handle)
                    {
                        if (!handles.TryAdd(handle, line))
                            throw new ShopifyRowException($"Handle '{handle}' already ended above (it began in line {handles[handle]}); the rows of a product must stand together");
                        export.Take(product);
                        product = new ShopifyProduct(handle, settings, now);
                    }
                    product.Add(row);
                }
                catch (ShopifyRowException e)
                {
                    if (product is not null) product.LacksRows = true;
                    export.Rejected.Add(new(line, e.Message));
                }
            }
            export.Take(product);
            return export;
        }
        catch (DecoderFallbackException)
        {
            throw new ShopifyCsvException($"The file is not UTF-8 text (after line {csv.RawRow}).");
        }
    }
}

/// <summary>What a file holds: the products that could be read, and the rows that could not.</summary>
sealed record ShopifyExport(List<ShopifyProduct> Products, List<RejectedRow> Rejected)
{
    public void Take(ShopifyProduct? product)
    {
        if (product?.HasVariants == true) Products.Add(product);
    }
}

/// <summary>A row that was left out. <paramref name="Line"/> is the line of the file where it begins, the header being line 1.</summary>
public sealed record RejectedRow(int Line, string Reason);

/// <summary>The body is not a product CSV: the reason is for the caller.</summary>
sealed class ShopifyCsvException(string reason) : Exception(reason);

/// <summary>One row cannot be read: the reason is for the caller.</summary>
sealed class ShopifyRowException(string reason) : Exception(reason);
