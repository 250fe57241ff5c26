using System.Text;
using Kampung.Products.Shopify;

namespace Kampung.Products.Tests;

/// <summary>How the rows of a product export are read.</summary>
public sealed class ShopifyCsvTests
{
    const string Header = "Handle,Title,Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Inventory Qty,Variant Price,Variant Compare At Price,Image Src,Image Position\n";
    static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    static Task<ShopifyExport> ReadAsync(string csv) => ReadAsync(Encoding.UTF8.GetBytes(csv));

    static async Task<ShopifyExport> ReadAsync(byte[] csv)
    {
        using var body = new MemoryStream(csv);
        return await ShopifyCsv.ReadAsync(body, new ImportSettings("MYR", "Kampung"), Now, CancellationToken.None);
    }

    static async Task<Product> OneAsync(string rows) => (await ReadAsync(Header + rows)).Products.ShouldHaveSingleItem().Over(null)!;

    [Fact]
    public async Task Rows_of_one_handle_are_its_variants_and_pictures()
    {
        var product = await OneAsync(
            "satay,Satay,Pak Samad,Food,\"Hot, grilled,hot\",TRUE,Portion,Small,S-1,,7.5,,https://x.test/1.jpg,2\n" +
            "satay,,,,,,,Large,S-2,12,14.00,20,https://x.test/2.jpg,1\n" +
            "satay,,,,,,,,,,,,https://x.test/3.jpg,\n");

        (product.Title, product.Stall, product.Type, product.Published, product.Kind, product.Currency).ShouldBe(("Satay", "Pak Samad", "Food", true, ProductKind.Prepared, "MYR"));
        product.Tags.ShouldBe(["Hot", "grilled"]);
        product.Variants.Select(variant => (variant.Title, variant.Sku, variant.Price, variant.CompareAtPrice, variant.StockQuantity))
            .ShouldBe([("Small", "S-1", 7.50m, null, null), ("Large", "S-2", 14.00m, 20m, 12)]);
        product.Variants[1].Options.ShouldBe([new("Portion", "Large")]);
        product.Pictures.Select(picture => picture.Url).ShouldBe(["https://x.test/2.jpg", "https://x.test/1.jpg", "https://x.test/3.jpg"]);
    }

    [Fact]
    public async Task A_product_without_options_has_one_variant_without_a_title()
    {
        var variant = (await OneAsync("pot,Pot,,,,,Title,Default Title,,,9.9,,,\n")).Variants.ShouldHaveSingleItem();
        variant.Title.ShouldBe("");
        variant.Options.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Food", "", ProductKind.Prepared)]
    [InlineData("drink", "", ProductKind.Prepared)]
    [InlineData("Gifts", "Prepared", ProductKind.Prepared)]
    [InlineData("Outdoor", "pot", ProductKind.Stocked)]
    public async Task Type_or_tag_say_whether_it_goes_through_a_kitchen(string type, string tags, ProductKind kind) =>
        (await OneAsync($"x,X,,{type},{tags},,,,,,1,,,\n")).Kind.ShouldBe(kind);

    [Theory]
    [InlineData("false", "", false)]
    [InlineData("true", "draft", false)]
    [InlineData("true", "active", true)]
    [InlineData("", "", true)]
    public async Task Flag_and_status_say_whether_it_is_published(string flag, string status, bool published)
    {
        var export = await ReadAsync($"Handle,Title,Published,Status,Variant Price\nx,X,{flag},{status},1\n");
        export.Products.ShouldHaveSingleItem().Over(null)!.Published.ShouldBe(published);
    }

    [Theory]
    [InlineData("bad,Bad,,,,,,,,,ten,,,", "Variant Price 'ten' is not a number")]
    [InlineData("bad,Bad,,,,,,,,,\"1,50\",,,", "Variant Price '1,50' is not a number")]
    [InlineData("bad,Bad,,,,,,,,,1e3,,,", "Variant Price '1e3' is not a number")]
    [InlineData("bad,Bad,,,,,,,,,,,,", "Variant Price is missing")]
    [InlineData("bad,Bad,,,,,,,,,-1,,,", "Variant Price must not be negative")]
    [InlineData("bad,Bad,,,,,,,,,1.005,,,", "Variant Price must have at most two decimals")]
    [InlineData("bad,Bad,,,,,,,,,10000000000,,,", "Variant Price must be at most 9999999999.99")]
    [InlineData("bad,Bad,,,,,,,,,1,-2,,", "Variant Compare At Price must not be negative")]
    [InlineData("bad,Bad,,,,,,,,many,1,,,", "Variant Inventory Qty 'many' is not a number")]
    [InlineData(",Bad,,,,,,,,,1,,,", "Handle is missing")]
    [InlineData("b/d,Bad,,,,,,,,,1,,,", "Handle must be lower-case letters, digits, '-', '_' and '.'")]
    [InlineData("bad,,,,,,,,,,1,,,", "Title is missing")]
    [InlineData("bad,Bad,,,,maybe,,,,,1,,,", "Published 'maybe' is neither true nor false")]
    [InlineData("bad,Bad,,,,,,,,,1,,javascript:alert(1),", "Image Src must be an http(s) address")]
    [InlineData("bad,Bad,,,,,,,,,1,,https://x.test/1.jpg,zero", "Image Position 'zero' is not a number")]
    [InlineData("bad,Bad,,,,,,Large,,,1,,,", "Option1 Value has no Option Name in the product's first row")]
    [InlineData("bad,Bad,,", "has 4 columns, the first line has 14")]
    [InlineData("bad,Bad,,,,,,,,,1,,,,,,", "has 17 columns, the first line has 14")]
    [InlineData("bad,B\"ad\",,,,,,,,,1,,,", "a double quote is out of place: a field with quotes is written in quotes, with each inner quote doubled")]
    public async Task A_row_that_cannot_be_read_is_reported_and_the_rest_is_read(string row, string reason)
    {
        var export = await ReadAsync(Header + "good,Good,,,,,,,,,1,,,\n" + row + "\nfine,Fine,,,,,,,,,2,,,\n");

        export.Rejected.ShouldBe([new(3, reason)]);
        export.Products.Select(product => product.Handle).ShouldBe(["good", "fine"]);
    }

    [Fact]
    public async Task Absurdly_long_text_is_reported()
    {
        var export = await ReadAsync(Header + $"bad,{new string('x', 100_000)},,,,,,,,,1,,,\n");
        export.Rejected.ShouldBe([new(2, "Title must have at most 255 characters")]);
    }

    [Fact]
    public async Task A_variant_that_cannot_be_read_does_not_take_the_others_with_it()
    {
        var export = await ReadAsync(Header + "x,X,,,,,Size,S,,,oops,,,\nx,,,,,,,M,,,2,,,\nx,,,,,,,M,,,3,,,\n");

        export.Rejected.Select(row => row.Line).ShouldBe([2, 4]);
        export.Rejected[1].Reason.ShouldBe("repeats the variant 'M'");
        export.Products.ShouldHaveSingleItem().Over(null)!.Variants.ShouldHaveSingleItem().Price.ShouldBe(2m);
    }

    [Fact]
    public async Task Without_a_first_row_none_of_the_rows_can_be_placed()
    {
        var export = await ReadAsync(Header + "x,,,,,,Size,S,,,1,,,\nx,,,,,,,M,,,2,,,\n");
        export.Products.ShouldBeEmpty();
        export.Rejected.ShouldBe([new(2, "Title is missing"), new(3, "its product cannot be read, see line 2")]);
    }

    [Fact]
    public async Task The_line_reported_is_where_the_row_begins()
    {
        var export = await ReadAsync(Header + "\n\"a\",\"A\n\nstill A\",,,,,,,,,bad,,,\nb,B,,,,,,,,,bad,,,\r\nc,C,,,,,,,,,bad,,,\r\n");
        export.Rejected.Select(row => row.Line).ShouldBe([3, 6, 7]);
    }

    [Fact]
    public async Task A_quote_that_is_never_closed_is_reported_where_its_row_begins()
    {
        var export = await ReadAsync(Header + "good,Good,,,,,,,,,1,,,\nbad,\"Bad,,,,,,,,,1,,,\nfine,Fine,,,,,,,,,2,,,\n");
        export.Products.ShouldHaveSingleItem().Handle.ShouldBe("good");
        export.Rejected.ShouldHaveSingleItem().Line.ShouldBe(3);
    }

    [Fact]
    public async Task Rows_of_a_handle_that_comes_back_later_are_reported()
    {
        var export = await ReadAsync(Header + "a,A,,,,,,,,,1,,,\nb,B,,,,,,,,,1,,,\na,A again,,,,,,,,,2,,,\n");
        export.Products.Count.ShouldBe(2);
        export.Rejected.ShouldHaveSingleItem().Line.ShouldBe(4);
    }

    [Fact]
    public async Task A_byte_order_mark_is_not_part_of_the_header()
    {
        var export = await ReadAsync([0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(Header + "a,Ä,,,,,,,,,1,,,\n")]);
        export.Products.ShouldHaveSingleItem().Over(null)!.Title.ShouldBe("Ä");
    }

    [Fact]
    public async Task The_column_names_since_2025_are_understood()
    {
        var export = await ReadAsync("Title,URL handle,Description,Status,SKU,Price,Compare-at price,Inventory quantity,Weight value (grams),Product image URL\n" +
            "Pot,pot,<p>Clay</p>,Active,P-1,9.90,12,3,250.0,https://x.test/pot.jpg\n");
        var product = export.Products.ShouldHaveSingleItem().Over(null)!;
        (product.Handle, product.DescriptionHtml, product.Pictures.Count).ShouldBe(("pot", "<p>Clay</p>", 1));
        var variant = product.Variants.ShouldHaveSingleItem();
        (variant.Sku, variant.Price, variant.CompareAtPrice, variant.StockQuantity, variant.Grams).ShouldBe(("P-1", 9.90m, 12m, 3, 250));
    }

    [Fact]
    public async Task A_file_without_the_needed_columns_is_no_product_export()
    {
        var e = await Should.ThrowAsync<ShopifyCsvException>(() => ReadAsync("Handle;Title;Variant Price\na;A;1\n"));
        e.Message.ShouldContain("lacks Handle, Title, Variant Price");
        await Should.ThrowAsync<ShopifyCsvException>(() => ReadAsync(""));
    }

    [Fact]
    public async Task Bytes_that_are_not_UTF8_make_it_no_product_export() =>
        await Should.ThrowAsync<ShopifyCsvException>(() => ReadAsync([.. Encoding.UTF8.GetBytes(Header + "a,A,,,,,,,,,1,,,\nb,"), 0xC3, 0x28, .. ",,,,,,,,,1,,,\n"u8]));

    [Fact]
    public async Task A_product_that_lacks_rows_keeps_what_it_had()
    {
        var before = (await ReadAsync(Header + "x,X,,,,,Size,S,,,1,,,\nx,,,,,,,M,,,2,,,\n")).Products[0].Over(null)!;
        var export = await ReadAsync(Header + "x,X,,,,,Size,S,,,1.50,,,\nx,,,,,,,M,,,oops,,,\n");

        var after = export.Products[0].Over(before)!;
        after.Variants.Select(variant => (variant.Title, variant.Price)).ShouldBe([("S", 1.50m), ("M", 2.00m)]);
        after.Variants.Select(variant => variant.Id).ShouldBe(before.Variants.Select(variant => variant.Id));
        after.Version.ShouldBe(2);
    }

    [Fact]
    public async Task Variants_keep_their_ids_by_options_else_by_SKU()
    {
        var before = (await ReadAsync(Header + "x,X,,,,,Size,S,A,,1,,,\nx,,,,,,,M,B,,2,,,\n")).Products[0].Over(null)!;
        var after = (await ReadAsync(Header + "x,X,,,,,Size,Medium,B,,2,,,\nx,,,,,,,S,C,,1,,,\nx,,,,,,,L,,,3,,,\n")).Products[0].Over(before)!;

        after.Variants[0].Id.ShouldBe(before.Variants[1].Id);
        after.Variants[1].Id.ShouldBe(before.Variants[0].Id);
        before.Variants.ShouldNotContain(variant => variant.Id == after.Variants[2].Id);
        (after.Id, after.CreatedAt, after.Version).ShouldBe((before.Id, before.CreatedAt, 2));
    }

    [Fact]
    public async Task The_same_rows_again_say_nothing_new()
    {
        var export = Header + "x,X,,,,,Size,S,A,,1.5,,,\n";
        var before = (await ReadAsync(export)).Products[0].Over(null)!;
        (await ReadAsync(export.Replace("1.5", "1.50", StringComparison.Ordinal))).Products[0].Over(before).ShouldBeNull();
    }
}
