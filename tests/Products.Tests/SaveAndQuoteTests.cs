using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Kampung.Testing;

namespace Kampung.Products.Tests;

/// <summary>Products made by hand, and what they cost.</summary>
public sealed class SaveAndQuoteTests(ProductsService products) : IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await products.EmptyAsync();

    public ValueTask DisposeAsync()
    {
        products.Process.ShouldHaveLoggedNoError();
        return ValueTask.CompletedTask;
    }

    static object Dish(string title = "Roti Bom (2 pcs)", decimal price = 3.3m, string currency = "MYR", bool published = true, string? handle = null) => new
    {
        title, handle, stall = "Muthu's", kind = "prepared", currency, published, tags = new[] { "roti" },
        variants = new[] { new { price, sku = "R-1" } },
        pictures = new[] { new { url = "https://x.test/roti.jpg", alt = "Roti" } },
    };

    static Guid Id(JsonElement thing) => thing.GetProperty("id").GetGuid();

    static Guid VariantId(JsonElement product, int i = 0) => Id(product.GetProperty("variants")[i]);

    Task<HttpResponseMessage> QuoteAsync(params (Guid Variant, int Quantity)[] lines) =>
        products.Client.PostAsJsonAsync("/products/quote", new { lines = lines.Select(line => new { variantId = line.Variant, quantity = line.Quantity }) });

    [Fact]
    public async Task A_product_is_created_changed_and_deleted_and_each_is_told_in_order()
    {
        var topic = products.Topic("product-changed");
        var response = await products.Client.PostAsJsonAsync("/products", Dish());
        var created = await response.ShouldBeJson(HttpStatusCode.Created);
        var path = response.Headers.Location!.ToString();
        path.ShouldBe($"/products/{Id(created)}");
        created.GetProperty("handle").GetString().ShouldBe("roti-bom-2-pcs");
        created.GetProperty("variants")[0].GetProperty("price").GetRawText().ShouldBe("3.30");

        (await products.GetAsync(path)).GetRawText().ShouldBe(created.GetRawText());
        (await (await products.Client.PutAsJsonAsync(path, Dish())).ShouldBeJson()).GetRawText().ShouldBe(created.GetRawText(), "the same again is no change");
        var changed = await (await products.Client.PutAsJsonAsync(path, Dish(price: 3.8m))).ShouldBeJson();
        VariantId(changed).ShouldBe(VariantId(created));
        changed.GetProperty("version").GetInt32().ShouldBe(2);
        (await products.Client.DeleteAsync(path)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        await (await products.Client.GetAsync(path)).ShouldBeProblem(404);

        var told = await topic.AboutAsync(Id(created), 3);
        told.Select(tell => (tell.Body.GetProperty("variants")[0].GetProperty("price").GetDecimal(), tell.Body.GetProperty("deleted").GetBoolean()))
            .ShouldBe([(3.30m, false), (3.80m, false), (3.80m, true)]);
        foreach (var tell in told) await tell.ShouldKeepItsContract();
        told[0].Headers["ce_source"].ShouldContain("product-service");
        told[0].Headers["ce_subject"].ShouldBe(Id(created).ToString());
    }

    [Fact]
    public Task The_API_is_what_was_promised() => products.Process.ShouldKeepItsContract("product-service");

    [Fact]
    public async Task Everybody_gets_as_far_as_the_table_says()
    {
        var draft = await products.CreateAsync(Dish("Secret dish", published: false));
        var csv = "Handle,Title,Vendor,Published,Option1 Name,Option1 Value,Variant Price\nsecret-dish,Another dish,Muthu's,TRUE,Title,Default Title,1.00\n";
        await products.Process.ShouldBeGuarded("product-service", belongings: new(TestIssuer.Shared.Token($"{Guid.CreateVersion7()}", ["merchant"], stall: "Muthu's"),
        [
            new("GET /products/all", Mark: "Secret dish"),
            new("POST /products", Body: Dish("Another dish"), Answer: 403),
            new("PUT /products/{id}", Id(draft), Mark: "Muthu", Body: Dish("Another dish")),
            new("DELETE /products/{id}", Id(draft), Mark: "Muthu"),
            new("POST /products/import", Body: csv, Answer: null),
        ]));
        (await products.FindAsync("secret-dish")).GetRawText().ShouldContain("Secret dish");
        (await products.CountAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task What_is_another_stalls_does_not_exist_for_a_merchant()
    {
        var dish = await products.CreateAsync(Dish());
        var (own, other) = (TestIssuer.Shared.Token("muthu", ["merchant"], stall: "Muthu's"), TestIssuer.Shared.Token("samad", ["merchant"], stall: "Satay Pak Samad"));
        // Neither what is wrong with the request nor whose it is tells that it is there.
        foreach (var body in new[] { Dish(), new { title = "", stall = "", kind = "prepared", currency = "ringgit", variants = Array.Empty<object>() } })
            await (await SendAsync(HttpMethod.Put, other, body)).ShouldBeProblem(404, "not-found");
        await (await SendAsync(HttpMethod.Delete, other)).ShouldBeProblem(404, "not-found");

        (await (await SendAsync(HttpMethod.Put, own, Dish(price: 4))).ShouldBeJson()).GetProperty("version").GetInt32().ShouldBe(2);
        await (await SendAsync(HttpMethod.Put, own, new { title = "", stall = "Muthu's", kind = "prepared", currency = "MYR", variants = Array.Empty<object>() })).ShouldBeProblem(400);
        // Nor can it be given away.
        await (await SendAsync(HttpMethod.Put, own, new { title = "Roti", stall = "Satay Pak Samad", kind = "prepared", currency = "MYR", variants = new[] { new { price = 1m } } })).ShouldBeProblem(403, "not-your-stall");
        (await SendAsync(HttpMethod.Delete, own)).StatusCode.ShouldBe(HttpStatusCode.NoContent);

        Task<HttpResponseMessage> SendAsync(HttpMethod method, string token, object? body = null) =>
            products.Client.SendAsync(new HttpRequestMessage(method, $"/products/{Id(dish)}") { Content = body is null ? null : JsonContent.Create(body) }.With(token));
    }

    [Fact]
    public async Task A_handle_belongs_to_one_product()
    {
        await products.CreateAsync(Dish(handle: "one"));
        var other = await products.CreateAsync(Dish(handle: "other"));
        await (await products.Client.PostAsJsonAsync("/products", Dish(handle: "one"))).ShouldBeProblem(409, "handle-taken");
        await (await products.Client.PutAsJsonAsync($"/products/{Id(other)}", Dish(handle: "one"))).ShouldBeProblem(409, "handle-taken");
        (await products.CountAsync()).ShouldBe(2);
    }

    [Fact]
    public async Task Of_changes_at_the_same_time_none_is_lost_unnoticed()
    {
        var product = await products.CreateAsync(Dish());
        var answers = await Task.WhenAll(Enumerable.Range(1, 8).Select(i => products.Client.PutAsJsonAsync($"/products/{Id(product)}", Dish(price: 10 + i))));

        answers.ShouldAllBe(answer => answer.StatusCode == HttpStatusCode.OK || answer.StatusCode == HttpStatusCode.Conflict);
        var version = (await products.GetAsync($"/products/{Id(product)}")).GetProperty("version").GetInt32();
        version.ShouldBe(1 + answers.Count(answer => answer.StatusCode == HttpStatusCode.OK));
    }

    [Fact]
    public async Task Who_names_the_version_that_they_saw_overwrites_and_deletes_no_other()
    {
        var path = $"/products/{Id(await products.CreateAsync(Dish()))}";
        var seen = (await products.Client.GetAsync(path)).Headers.ETag!.ToString();
        var changed = await SendAsync(HttpMethod.Put, seen, Dish(price: 4));
        var tag = changed.Headers.ETag!.ToString();
        (changed.StatusCode, tag).ShouldBe((HttpStatusCode.OK, "\"2\""));

        await (await SendAsync(HttpMethod.Put, seen, Dish(price: 5))).ShouldBeProblem(412, "changed-meanwhile");
        await (await SendAsync(HttpMethod.Delete, seen)).ShouldBeProblem(412, "changed-meanwhile");
        (await products.GetAsync(path)).GetProperty("variants")[0].GetProperty("price").GetDecimal().ShouldBe(4);
        (await SendAsync(HttpMethod.Put, $"W/{tag}", Dish(price: 5))).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await SendAsync(HttpMethod.Delete, "\"2\", \"3\"")).StatusCode.ShouldBe(HttpStatusCode.NoContent);

        async Task<HttpResponseMessage> SendAsync(HttpMethod method, string ifMatch, object? body = null)
        {
            using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
            request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
            return await products.Client.SendAsync(request);
        }
    }

    [Fact]
    public async Task A_quote_is_the_exact_sum_of_todays_prices()
    {
        var roti = await products.CreateAsync(Dish());
        var tea = await products.CreateAsync(Dish("Teh", 0.1m));

        var quote = await (await QuoteAsync((VariantId(roti), 3), (VariantId(tea), 999), (VariantId(roti), 1))).ShouldBeJson();

        quote.GetProperty("currency").GetString().ShouldBe("MYR");
        quote.GetProperty("total").GetRawText().ShouldBe("113.10");
        var line = quote.GetProperty("lines")[0];
        Id(roti).ShouldBe(line.GetProperty("productId").GetGuid());
        (line.GetProperty("title").GetString(), line.GetProperty("variantTitle").GetString(), line.GetProperty("stall").GetString(), line.GetProperty("kind").GetString())
            .ShouldBe(("Roti Bom (2 pcs)", "", "Muthu's", "prepared"));
        (line.GetProperty("quantity").GetInt32(), line.GetProperty("unitPrice").GetRawText(), line.GetProperty("lineTotal").GetRawText()).ShouldBe((3, "3.30", "9.90"));
        quote.GetProperty("lines").GetArrayLength().ShouldBe(3);
    }

    [Fact]
    public async Task What_is_not_for_sale_cannot_be_quoted()
    {
        var roti = await products.CreateAsync(Dish());
        var draft = await products.CreateAsync(Dish("Draft", published: false));

        var problem = await (await QuoteAsync((VariantId(roti), 1), (Guid.NewGuid(), 1), (VariantId(draft), 1))).ShouldBeProblem(422, "unknown-product");
        problem.Fields().ShouldBe(["lines[1].variantId", "lines[2].variantId"]);
    }

    [Fact]
    public async Task One_quote_has_one_currency_and_a_total_that_can_be_stored()
    {
        var ringgit = await products.CreateAsync(Dish());
        var euro = await products.CreateAsync(Dish("Brot", currency: "EUR"));
        var palace = await products.CreateAsync(Dish("Palace", 9_999_999_999.99m));
        await (await QuoteAsync((VariantId(ringgit), 1), (VariantId(euro), 1))).ShouldBeProblem(422, "mixed-currencies");
        await (await QuoteAsync((VariantId(palace), 2))).ShouldBeProblem(422, "total-too-large");
    }

    [Fact]
    public async Task Bad_quantities_and_baskets_are_refused()
    {
        var roti = VariantId(await products.CreateAsync(Dish()));
        foreach (var quantity in (int[])[0, -1, 1000, int.MaxValue, int.MinValue])
            (await (await QuoteAsync((roti, quantity))).ShouldBeProblem(400)).Fields().ShouldBe(["lines[0].quantity"]);
        (await (await QuoteAsync()).ShouldBeProblem(400)).Fields().ShouldBe(["lines"]);
        (await (await QuoteAsync([.. Enumerable.Repeat((roti, 1), 10_000)])).ShouldBeProblem(400)).Fields().ShouldBe(["lines"]);
    }
}
