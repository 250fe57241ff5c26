using System.Text.Json;
using Kampung.Testing;

namespace Kampung.Products.Tests;

/// <summary>Finding something to eat in the village food court.</summary>
public sealed class BrowseTests(ProductsService products) : IAsyncLifetime
{
    public async ValueTask InitializeAsync()
    {
        // Most tests only look, so it is often still there.
        if (await products.CountAsync() != 60) await products.EmptyAsync();
        await products.ImportFileAsync(ProductsService.Village);
    }

    public ValueTask DisposeAsync()
    {
        products.Process.ShouldHaveLoggedNoError();
        return ValueTask.CompletedTask;
    }

    async Task<string[]> HandlesAsync(string query) =>
        [.. (await products.GetAsync($"/products?limit=100&{query}")).GetProperty("items").EnumerateArray().Select(Handle)];

    static string Handle(JsonElement product) => product.GetProperty("handle").GetString()!;

    static decimal Lowest(JsonElement product) => product.GetProperty("variants").EnumerateArray().Min(variant => variant.GetProperty("price").GetDecimal());

    [Theory]
    [InlineData("search=SATAY%20peanut", "satay-ayam,satay-daging,satay-kambing")]   // title, tag and description, every word, any case
    [InlineData("search=charcoal%20thick", "hokkien-mee")]
    [InlineData("search=pak%20samad&tag=Seafood", "satay-udang")]
    [InlineData("search=%25", "")]                                       // no wildcard
    [InlineData("search=p%3E", "")]                                      // not in the HTML's own text
    [InlineData("stall=kraf%20KAMPUNG", "batik-sarong,tiffin-carrier,rattan-basket,wau-bulan")]
    [InlineData("type=garden&maxPrice=12", "clay-flower-pot,pandan-seedling")]
    [InlineData("tag=durian", "")]                                        // out of season: not published
    [InlineData("minPrice=38.50&maxPrice=45", "tiffin-carrier,orchid,watering-can")]
    [InlineData("search=nothing-like-that", "")]
    public async Task Products_are_found(string query, string handles) =>
        (await HandlesAsync(query)).ShouldBe(handles.Split(',', StringSplitOptions.RemoveEmptyEntries), ignoreOrder: true);

    [Theory]
    [InlineData("title")]
    [InlineData("price")]
    [InlineData("-price")]
    [InlineData("newest")]
    public async Task Pages_in_any_order_show_everything_once(string sort)
    {
        var items = await products.PagesAsync($"sort={sort}", limit: 7);

        items.Count.ShouldBe(59);
        items.Select(Handle).ShouldBeUnique();
        var expected = sort switch
        {
            "title" => items.OrderBy(product => product.GetProperty("title").GetString()!.ToLowerInvariant(), StringComparer.Ordinal),
            "price" => items.OrderBy(Lowest),
            "-price" => items.OrderByDescending(Lowest),
            _ => items.OrderByDescending(product => product.GetProperty("id").GetString(), StringComparer.Ordinal),
        };
        items.Select(Handle).ShouldBe(expected.Select(Handle));
    }

    [Fact]
    public async Task Pages_stay_in_place_while_products_come_and_go()
    {
        var all = await HandlesAsync("sort=title");
        var first = await products.GetAsync("/products?limit=10&sort=title");
        var cursor = first.GetProperty("next").GetString();
        var gone = first.GetProperty("items")[9].GetProperty("id").GetGuid();

        (await products.Client.DeleteAsync($"/products/{gone}")).StatusCode.ShouldBe(System.Net.HttpStatusCode.NoContent);
        await products.ImportAsync("Handle,Title,Variant Price\naaa,AAA comes first,1\naab,AAB comes next,1\n");

        var second = await products.GetAsync($"/products?limit=10&sort=title&cursor={cursor}");
        second.GetProperty("items").EnumerateArray().Select(Handle).ShouldBe(all[10..20]);
    }

    [Fact]
    public async Task Facets_count_all_that_is_published_and_can_be_asked_for()
    {
        var facets = await products.GetAsync("/products/facets");

        foreach (var (facet, parameter) in new[] { ("stalls", "stall"), ("types", "type"), ("tags", "tag") })
        {
            var counts = facets.GetProperty(facet).EnumerateArray().Select(one => (Name: one.GetProperty("name").GetString()!, Products: one.GetProperty("products").GetInt32())).ToList();
            counts.Select(one => one.Name.ToLowerInvariant()).ShouldBeUnique();
            counts.Select(one => one.Products).ShouldBe(counts.Select(one => one.Products).OrderDescending());
            foreach (var (name, count) in counts) (await HandlesAsync($"{parameter}={Uri.EscapeDataString(name)}")).Length.ShouldBe(count, $"{parameter} {name}");
            // What is out of season is in no number; the village's products all have a stall and a type.
            if (facet != "tags") counts.Sum(one => one.Products).ShouldBe(59);
        }
        var kraf = facets.GetProperty("stalls").EnumerateArray().Single(stall => stall.GetProperty("name").GetString() == "Kraf Kampung");
        kraf.GetProperty("pictureUrl").GetString()!.ShouldStartWith("/api/products/pictures/");
    }

    [Fact]
    public async Task An_unpublished_product_is_not_shown()
    {
        var durian = await products.FindAsync("durian-pancake");
        await (await products.Client.GetAsync($"/products/{durian.GetProperty("id").GetGuid()}")).ShouldBeProblem(404);
    }

    [Theory]
    [InlineData("limit=0")]
    [InlineData("limit=101")]
    [InlineData("limit=ten")]
    [InlineData("sort=colour")]
    [InlineData("minPrice=-1")]
    [InlineData("minPrice=cheap")]
    [InlineData("minPrice=5&maxPrice=4")]
    [InlineData("maxPrice=99999999999999999999999999999999")]
    [InlineData("cursor=nonsense")]
    [InlineData("cursor=bnVsbA")]                                           // null
    [InlineData("cursor=eyJzb3J0IjoidGl0bGUifQ")]                           // {"sort":"title"}
    [InlineData("search=a%00b")]
    [InlineData("stall=%00")]
    [InlineData("search=a%20b%20c%20d%20e%20f%20g%20h%20i%20j%20k")]
    public async Task A_bad_question_is_answered_400(string query) => await (await products.Client.GetAsync("/products?" + query)).ShouldBeProblem(400);

    [Fact]
    public async Task A_search_of_absurd_length_is_answered_400() =>
        await (await products.Client.GetAsync("/products?search=" + new string('x', 201))).ShouldBeProblem(400);

    [Fact]
    public async Task A_cursor_of_another_order_is_answered_400()
    {
        var cursor = (await products.GetAsync("/products?limit=1&sort=price")).GetProperty("next").GetString();
        var problem = await (await products.Client.GetAsync($"/products?sort=title&cursor={cursor}")).ShouldBeProblem(400);
        problem.Fields().ShouldBe(["cursor"]);
    }
}
