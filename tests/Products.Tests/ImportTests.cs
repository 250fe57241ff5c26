using System.Text.Json;
using System.Xml.Linq;
using Kampung.Testing;

namespace Kampung.Products.Tests;

/// <summary>Taking in files, into a real database and onto a real broker.</summary>
public sealed class ImportTests(ProductsService products) : IAsyncLifetime
{
    const string Header = "Handle,Title,Option1 Name,Option1 Value,Variant SKU,Variant Price\n";

    public async ValueTask InitializeAsync() => await products.EmptyAsync();

    public ValueTask DisposeAsync()
    {
        products.Process.ShouldHaveLoggedNoError();
        return ValueTask.CompletedTask;
    }

    static (int Imported, int Updated, int Unchanged) Counts(JsonElement answer) =>
        (answer.GetProperty("imported").GetInt32(), answer.GetProperty("updated").GetInt32(), answer.GetProperty("unchanged").GetInt32());

    [Fact]
    public async Task A_shops_real_apparel_export_is_taken_in()
    {
        var answer = await products.ImportFileAsync(ProductsService.Export("apparel"));

        Counts(answer).ShouldBe((20, 0, 0));
        answer.GetProperty("rejected").GetArrayLength().ShouldBe(0);
        var top = await products.FindAsync("classic-varsity-top");
        top.GetProperty("stall").GetString().ShouldBe("partners-demo");
        top.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()).ShouldBe(["women"]);
        top.GetProperty("kind").GetString().ShouldBe("stocked");
        top.GetProperty("variants").EnumerateArray().Select(variant => variant.GetProperty("title").GetString()).ShouldBe(["Small", "Medium", "Large"]);
        top.GetProperty("variants").EnumerateArray().ShouldAllBe(variant => variant.GetProperty("price").GetRawText() == "60.00" && variant.GetProperty("stockQuantity").GetInt32() == 1);
        top.GetProperty("pictures").EnumerateArray().Select(picture => picture.GetProperty("url").GetString())
            .ShouldBe(["https://burst.shopifycdn.com/photos/casual-fashion-woman_925x.jpg"]);
    }

    [Fact]
    public async Task A_shops_real_home_and_garden_export_is_taken_in()
    {
        Counts(await products.ImportFileAsync(ProductsService.Export("home-and-garden"))).ShouldBe((20, 0, 0));

        var pot = await products.FindAsync("clay-plant-pot");
        pot.GetProperty("descriptionHtml").GetString().ShouldBe("<p>Classic blown clay pot for plants</p>");
        pot.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()).ShouldBe(["Pot", "Plants"]);
        pot.GetProperty("pictures").GetArrayLength().ShouldBe(2);
        pot.GetProperty("variants").EnumerateArray().Select(variant => (variant.GetProperty("title").GetString(), variant.GetProperty("price").GetDecimal(), variant.GetProperty("stockQuantity").GetInt32()))
            .ShouldBe([("Regular", 9.99m, 1), ("Large", 15.99m, 3)]);
        var light = await products.FindAsync("copper-light");
        light.GetProperty("variants")[0].GetProperty("compareAtPrice").GetRawText().ShouldBe("75.00");
        (await products.FindAsync("pink-armchair")).GetProperty("variants")[0].GetProperty("stockQuantity").GetInt32().ShouldBe(0);
        (await products.QueryAsync<long>("select count(*) from products, jsonb_array_elements(document->'variants')")).ShouldBe(21);
    }

    [Theory]
    [InlineData("apparel")]
    [InlineData("home-and-garden")]
    public async Task The_same_file_again_changes_nothing_and_tells_nobody(string name)
    {
        await products.ImportFileAsync(ProductsService.Export(name));
        var before = await products.QueryAsync<string>("select string_agg(document::text, '|' order by id) from products");
        var published = await products.PublishedAsync();

        Counts(await products.ImportFileAsync(ProductsService.Export(name))).ShouldBe((0, 0, 20));

        (await products.QueryAsync<string>("select string_agg(document::text, '|' order by id) from products")).ShouldBe(before);
        (await products.PublishedAsync()).ShouldBe(published);
    }

    [Fact]
    public async Task A_changed_price_changes_that_product_only_and_is_told()
    {
        var topic = products.Topic("product-changed");
        await products.ImportAsync(Header + "a-dish,A dish,Size,S,A-1,1.00\na-dish,,,L,A-2,2.00\nb-dish,B dish,,,,3.00\n");
        var before = await products.FindAsync("a-dish");

        Counts(await products.ImportAsync(Header + "a-dish,A dish,Size,S,A-1,1.00\na-dish,,,L,A-2,2.50\nb-dish,B dish,,,,3.00\n")).ShouldBe((0, 1, 1));

        var after = await products.FindAsync("a-dish");
        after.GetProperty("variants").EnumerateArray().Select(variant => variant.GetProperty("id").GetGuid())
            .ShouldBe(before.GetProperty("variants").EnumerateArray().Select(variant => variant.GetProperty("id").GetGuid()));
        var told = await topic.AboutAsync(before.GetProperty("id").GetGuid(), 2);
        told.Count.ShouldBe(2);
        told[1].Body.GetProperty("variants")[1].GetProperty("price").GetDecimal().ShouldBe(2.50m);
        told[1].Headers["ce_type"].ShouldBe("kampung.product-changed.v1");
    }

    [Fact]
    public async Task Rows_that_cannot_be_read_are_answered_by_line_and_the_rest_is_saved()
    {
        var answer = await products.ImportAsync(Header + "good,\"Good\nthing\",,,,1\nbad,Bad,,,,cheap\nbetter,Better,,,,2\n,Nameless,,,,3\n");

        Counts(answer).ShouldBe((1, 0, 0));
        answer.GetProperty("rejected").EnumerateArray().Select(row => (row.GetProperty("line").GetInt32(), row.GetProperty("reason").GetString())).ShouldBe(
        [
            (2, "Title must not contain control characters"), (4, "Variant Price 'cheap' is not a number"), (6, "Handle is missing"),
        ]);
        (await products.CountAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task The_currency_is_the_requests_else_the_configured_one()
    {
        await products.ImportAsync(Header + "x,X,,,,1\n");
        await products.ImportAsync(Header + "y,Y,,,,1\n", "?currency=EUR");
        (await products.FindAsync("x")).GetProperty("currency").GetString().ShouldBe("MYR");
        (await products.FindAsync("y")).GetProperty("variants")[0].GetProperty("currency").GetString().ShouldBe("EUR");
    }

    [Fact]
    public async Task Files_that_come_at_the_same_time_do_not_double_anything()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => products.ImportFileAsync(ProductsService.Export("apparel"))));

        answers.Sum(answer => Counts(answer).Imported).ShouldBe(20);
        answers.Sum(answer => Counts(answer).Unchanged).ShouldBe(60);
        (await products.CountAsync()).ShouldBe(20);
    }

    [Fact]
    public async Task Two_thousand_products_are_taken_in()
    {
        var published = await products.PublishedAsync();
        var csv = Header + string.Concat(Enumerable.Range(0, 2_000).Select(i => $"p-{i},Product {i},,,,{i % 100}.50\n"));

        Counts(await products.ImportAsync(csv)).ShouldBe((2_000, 0, 0));
        (await products.PublishedAsync()).ShouldBe(published + 2_000);
    }

    [Fact]
    public async Task Two_instances_that_start_at_once_fill_an_empty_catalogue_once()
    {
        var database = await products.CreateDatabaseAsync();
        var demo = new Dictionary<string, string?> { ["Catalogue__Demo"] = "true" };
        var instances = await Task.WhenAll(products.StartAnotherAsync(database, new(demo)), products.StartAnotherAsync(database, new(demo)));

        var dishes = new List<JsonElement>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await (await instances[0].Client.GetAsync($"/products?limit=100&cursor={cursor}")).ShouldBeJson();
            dishes.AddRange(page.GetProperty("items").EnumerateArray());
            cursor = page.GetProperty("next").GetString();
        }

        dishes.Count.ShouldBe(59);   // and one that is out of season
        dishes.Select(dish => dish.GetProperty("handle").GetString()).ShouldBeUnique();
        dishes.Select(dish => dish.GetProperty("stall").GetString()).Distinct().Count().ShouldBe(8);
        dishes.Count(dish => dish.GetProperty("kind").GetString() == "prepared").ShouldBe(50);
        foreach (var picture in dishes.SelectMany(dish => dish.GetProperty("pictures").EnumerateArray()))
        {
            var url = picture.GetProperty("url").GetString()!;
            url.ShouldStartWith("/api/products/pictures/");
            using var answer = await instances[1].Client.GetAsync(url["/api".Length..]);
            answer.Content.Headers.ContentType?.MediaType.ShouldBe("image/svg+xml", url);
            XDocument.Parse(await answer.Content.ReadAsStringAsync()).Root!.Name.LocalName.ShouldBe("svg");
        }
        foreach (var instance in instances) instance.ShouldHaveLoggedNoError();
    }
}
