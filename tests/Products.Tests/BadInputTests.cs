using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using Kampung.Testing;

namespace Kampung.Products.Tests;

/// <summary>Whatever is wrong with a request: a 4xx with problem details, nothing saved, nothing told, no unhandled exception in the log.</summary>
public sealed class BadInputTests(ProductsService products) : IAsyncLifetime
{
    const string Json = "application/json";
    const string Csv = "text/csv";
    long before;

    public async ValueTask InitializeAsync()
    {
        await products.EmptyAsync();
        before = await products.PublishedAsync();
    }

    public async ValueTask DisposeAsync()
    {
        (await products.CountAsync()).ShouldBe(0);
        (await products.PublishedAsync()).ShouldBe(before);
        products.Process.ShouldHaveLoggedNoError();
    }

    Task<HttpResponseMessage> SendAsync(string method, string path, string? type, byte[] body)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = new ByteArrayContent(body), Headers = { ExpectContinue = body.Length > 1_000_000 } };
        if (type is not null) request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return products.Client.SendAsync(request);
    }

    [Theory]
    [InlineData("POST", "/products", Json, "", 400)]
    [InlineData("POST", "/products", Json, "{", 400)]
    [InlineData("POST", "/products", Json, "null", 400)]
    [InlineData("POST", "/products", Json, "[]", 400)]
    [InlineData("POST", "/products", Json, "{}", 400)]
    [InlineData("POST", "/products", "text/plain", "hello", 415)]
    [InlineData("PUT", "/products", Json, "{}", 405)]
    [InlineData("PUT", "/products/1", Json, "{}", 404)]
    [InlineData("PUT", "/products/0198a5a0-0000-7000-8000-000000000000", Json, """{"title":"A","stall":"S","kind":"prepared","currency":"MYR","variants":[{"price":1}]}""", 404)]
    [InlineData("DELETE", "/products/0198a5a0-0000-7000-8000-000000000000", null, "", 404)]
    [InlineData("GET", "/products/0198a5a0-0000-7000-8000-000000000000", null, "", 404)]
    [InlineData("GET", "/products/pictures/none.svg", null, "", 404)]
    [InlineData("GET", "/products/pictures/..%2Fvillage.csv", null, "", 404)]
    [InlineData("POST", "/products/quote", Json, """{"lines":null}""", 400)]
    [InlineData("POST", "/products/quote", Json, """{"lines":[null]}""", 400)]
    [InlineData("POST", "/products/quote", Json, """{"lines":[{"variantId":"x","quantity":1}]}""", 400)]
    [InlineData("POST", "/products/quote", Json, """{"lines":[{"variantId":"0198a5a0-0000-7000-8000-000000000000","quantity":"1"}]}""", 400)]
    [InlineData("POST", "/products/quote", Json, """{"lines":[{"variantId":"0198a5a0-0000-7000-8000-000000000000","quantity":1.5}]}""", 400)]
    [InlineData("POST", "/products/quote", Json, """{"lines":[{"variantId":"0198a5a0-0000-7000-8000-000000000000"}]}""", 400)]
    [InlineData("POST", "/products/quote", Json, """{"lines":[{"variantId":"0198a5a0-0000-7000-8000-000000000000","quantity":1}]}""", 422)]
    [InlineData("POST", "/products/import", Csv, "", 400)]
    [InlineData("POST", "/products/import", Csv, "Name,Cost\nA,1\n", 400)]
    [InlineData("POST", "/products/import", Json, "{}", 415)]
    [InlineData("POST", "/products/import", null, "Handle,Title,Variant Price\na,A,1\n", 415)]
    [InlineData("POST", "/products/import", "text/csv; charset=iso-8859-1", "Handle,Title,Variant Price\na,A,1\n", 415)]
    [InlineData("POST", "/products/import?currency=RM", Csv, "Handle,Title,Variant Price\na,A,1\n", 400)]
    [InlineData("POST", "/products/import?currency=", Csv, "Handle,Title,Variant Price\na,A,1\n", 400)]
    public async Task A_bad_request_is_refused(string method, string path, string? type, string body, int status) =>
        await (await SendAsync(method, path, type, Encoding.UTF8.GetBytes(body))).ShouldBeProblem(status);

    [Theory]
    [InlineData("title", "\"\"")]
    [InlineData("title", "\"  \"")]
    [InlineData("title", "null")]
    [InlineData("title", "7")]
    [InlineData("title", "\"a\\u0000b\"")]
    [InlineData("title", "\"a\\nb\"")]
    [InlineData("title", "\"\\ud800\"")]
    [InlineData("stall", "\"\"")]
    [InlineData("kind", "\"raw\"")]
    [InlineData("kind", "1")]
    [InlineData("currency", "\"RM\"")]
    [InlineData("currency", "\"myr\"")]
    [InlineData("currency", "\"XXX\"")]
    [InlineData("handle", "\"A b\"")]
    [InlineData("handle", "\"../x\"")]
    [InlineData("handle", "\"\"")]
    [InlineData("descriptionHtml", "\"\\u0000\"")]
    [InlineData("published", "\"yes\"")]
    [InlineData("tags", "[null]")]
    [InlineData("tags", "[\"\"]")]
    [InlineData("tags", "\"a\"")]
    [InlineData("pictures", "[{\"url\":\"javascript:alert(1)\"}]")]
    [InlineData("pictures", "[{\"url\":\"//evil.test/x.svg\"}]")]
    [InlineData("pictures", "[null]")]
    [InlineData("variants", "[]")]
    [InlineData("variants", "[null]")]
    [InlineData("variants", "null")]
    [InlineData("variants", "{}")]
    [InlineData("variants", "[{}]")]
    [InlineData("variants", "[{\"price\":-0.01}]")]
    [InlineData("variants", "[{\"price\":0.001}]")]
    [InlineData("variants", "[{\"price\":10000000000}]")]
    [InlineData("variants", "[{\"price\":1e400}]")]
    [InlineData("variants", "[{\"price\":\"1\"}]")]
    [InlineData("variants", "[{\"price\":1,\"compareAtPrice\":-1}]")]
    [InlineData("variants", "[{\"price\":1,\"stockQuantity\":-1}]")]
    [InlineData("variants", "[{\"price\":1,\"stockQuantity\":99999999999}]")]
    [InlineData("variants", "[{\"price\":1,\"grams\":-1}]")]
    [InlineData("variants", "[{\"price\":1,\"id\":\"0198a5a0-0000-7000-8000-000000000000\"}]")]
    [InlineData("variants", "[{\"price\":1},{\"price\":2}]")]
    [InlineData("variants", "[{\"price\":1,\"options\":[null]}]")]
    [InlineData("variants", "[{\"price\":1,\"options\":[{\"name\":\"\",\"value\":\"x\"}]}]")]
    [InlineData("variants", "[{\"price\":1,\"options\":[{\"name\":\"Size\",\"value\":null}]}]")]
    public async Task A_bad_field_of_a_product_is_named(string field, string value)
    {
        var fields = new Dictionary<string, string>
        {
            ["title"] = "\"A\"", ["stall"] = "\"S\"", ["kind"] = "\"prepared\"", ["currency"] = "\"MYR\"", ["variants"] = "[{\"price\":1}]", [field] = value,
        };
        var body = "{" + string.Join(',', fields.Select(pair => $"\"{pair.Key}\":{pair.Value}")) + "}";
        var problem = await (await SendAsync("POST", "/products", Json, Encoding.UTF8.GetBytes(body))).ShouldBeProblem(400);
        if (problem.TryGetProperty("errors", out _)) problem.Fields().ShouldContain(name => name.StartsWith(field, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("title")]
    [InlineData("stall")]
    [InlineData("kind")]
    [InlineData("currency")]
    [InlineData("variants")]
    public async Task A_missing_field_of_a_product_is_named(string field)
    {
        var product = new Dictionary<string, object> { ["title"] = "A", ["stall"] = "S", ["kind"] = "prepared", ["currency"] = "MYR", ["variants"] = new[] { new { price = 1 } } };
        product.Remove(field);
        (await (await products.Client.PostAsJsonAsync("/products", product)).ShouldBeProblem(400)).Fields().ShouldBe([field]);
    }

    [Fact]
    public async Task Too_much_of_anything_is_refused()
    {
        static Dictionary<string, object> With(string field, object value) =>
            new() { ["title"] = "A", ["stall"] = "S", ["kind"] = "prepared", ["currency"] = "MYR", ["variants"] = new[] { new { price = 1 } }, [field] = value };

        foreach (var (field, value) in new (string, object)[]
        {
            ("title", new string('x', 256)), ("stall", new string('x', 256)), ("type", new string('x', 256)), ("handle", new string('x', 256)),
            ("descriptionHtml", new string('x', 65_536)), ("tags", Enumerable.Range(0, 101).Select(i => $"t{i}")),
            ("pictures", Enumerable.Range(0, 251).Select(i => new { url = $"https://x.test/{i}" })),
            ("variants", Enumerable.Range(0, 101).Select(i => new { price = 1, options = new[] { new { name = "N", value = $"{i}" } } })),
        })
        {
            (await (await products.Client.PostAsJsonAsync("/products", With(field, value))).ShouldBeProblem(400)).Fields().ShouldContain(field);
        }
    }

    [Fact]
    public async Task Bytes_that_are_not_UTF8_are_refused()
    {
        byte[] json = [.. """{"stall":"S","kind":"prepared","currency":"MYR","variants":[{"price":1}],"title":"A"""u8, 0xC3, 0x28, .. "\"}"u8];
        await (await SendAsync("POST", "/products", Json, json)).ShouldBeProblem(400);
        byte[] csv = [.. "Handle,Title,Variant Price\na,A,1\nb,"u8, 0xFF, 0xFE, .. ",1\n"u8];
        await (await SendAsync("POST", "/products/import", Csv, csv)).ShouldBeProblem(400, "unreadable-csv");
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused()
    {
        await (await SendAsync("POST", "/products", Json, Encoding.UTF8.GetBytes($$"""{"title":"{{new string('x', 2_000_000)}}"}"""))).ShouldBeProblem(413);
        var csv = Encoding.UTF8.GetBytes("Handle,Title,Variant Price\n" + string.Concat(Enumerable.Range(0, 1_000_000).Select(i => $"p-{i},A product,1.00\n")));
        await (await SendAsync("POST", "/products/import", Csv, csv)).ShouldBeProblem(413);
    }
}
