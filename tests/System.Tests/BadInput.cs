using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Kampung.Testing;

namespace Kampung.SystemTests;

/// <summary>What must not get in through the gateway: each is answered with problem details, and no order is saved. What the logs say is asked in each service's own tests.</summary>
[Collection(VillageCollection.Name)]
public sealed class BadInput(VillageFixture village)
{
    const string Json = "application/json";

    static readonly string[] PathsWithBodies = ["/api/customers", "/api/products", "/api/orders"];

    static readonly Dictionary<string, byte[]> Bodies = new()
    {
        ["nothing"] = [],
        ["a cut-off object"] = "{\"lines\": ["u8.ToArray(),
        ["text"] = "hello"u8.ToArray(),
        ["null"] = "null"u8.ToArray(),
        ["an array"] = "[]"u8.ToArray(),
        ["an empty object"] = "{}"u8.ToArray(),
        ["wrong types"] = """{"name":5,"email":{},"lines":"many","title":[],"variants":7,"addressId":12,"paymentToken":true}"""u8.ToArray(),
        ["bytes that are not UTF-8"] = [.. "{\"name\":\""u8, 0xC3, 0x28, 0xFF, .. "\",\"email\":\"a@b.cd\"}"u8],
        ["a depth of 10,000"] = Encoding.ASCII.GetBytes(new string('[', 10_000)),
    };

    public static TheoryData<string, string> EachPathWithEachBody()
    {
        var data = new TheoryData<string, string>();
        foreach (var path in PathsWithBodies)
            foreach (var body in Bodies.Keys)
                data.Add(path, body);
        return data;
    }

    [Theory]
    [MemberData(nameof(EachPathWithEachBody))]
    public async Task A_body_that_cannot_be_read_is_refused(string path, string body)
    {
        var shopper = await village.NewShopper();

        var answer = await SendAsync(shopper, path, Bodies[body], Json);

        await answer.ShouldBeProblem(400);
        await village.ShouldHaveNoOrdersOf(shopper);
    }

    [Theory]
    [InlineData("/api/customers")]
    [InlineData("/api/products")]
    [InlineData("/api/orders")]
    public async Task A_body_that_is_too_large_is_refused(string path)
    {
        var shopper = await village.NewShopper();
        var body = Encoding.UTF8.GetBytes($"{{\"name\":\"{new string('x', 2 * 1024 * 1024)}\"}}");

        (await SendAsync(shopper, path, body, Json)).StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
    }

    [Theory]
    [InlineData("/api/customers")]
    [InlineData("/api/products")]
    [InlineData("/api/orders")]
    public async Task A_body_of_another_kind_is_refused(string path) =>
        await (await SendAsync(await village.NewShopper(), path, "a=b"u8.ToArray(), "application/x-www-form-urlencoded"))
            .ShouldBeProblem(415);

    public static TheoryData<string, string> Lines => new()
    {
        { "an empty basket", "[]" },
        { "no lines", "null" },
        { "a quantity of zero", """[{"variantId":"$satay","quantity":0}]""" },
        { "a negative quantity", """[{"variantId":"$satay","quantity":-1}]""" },
        { "half a dish", """[{"variantId":"$satay","quantity":1.5}]""" },
        { "a quantity in words", """[{"variantId":"$satay","quantity":"two"}]""" },
        { "a quantity past all numbers", """[{"variantId":"$satay","quantity":99999999999}]""" },
        { "an id that is none", """[{"variantId":"satay","quantity":1}]""" },
        { "10,000 lines", "[" + string.Join(',', Enumerable.Repeat("""{"variantId":"$satay","quantity":1}""", 10_000)) + "]" },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public async Task An_order_with_bad_lines_is_refused_and_not_saved(string what, string lines)
    {
        var shopper = await village.NewShopper();

        var answer = await OrderAsync(shopper, lines);

        ((int)answer.StatusCode).ShouldBeOneOf([400, 413], what);
        await answer.ShouldBeProblem((int)answer.StatusCode);
        await village.ShouldHaveNoOrdersOf(shopper);
    }

    [Fact]
    public async Task An_order_of_an_unknown_product_is_refused_and_not_saved()
    {
        var shopper = await village.NewShopper();

        var answer = await OrderAsync(shopper, $$"""[{"variantId":"{{Guid.NewGuid()}}","quantity":1}]""");

        await answer.ShouldBeProblem(422);
        await village.ShouldHaveNoOrdersOf(shopper);
    }

    [Theory]
    [InlineData("/api/products/0190f3a0-0000-7000-8000-000000000000")]
    [InlineData("/api/orders/0190f3a0-0000-7000-8000-000000000000")]
    [InlineData("/api/nothing-of-the-kind")]
    [InlineData("/no/such/page")]
    public async Task What_is_not_there_is_not_found(string path) =>
        await (await (await village.NewShopper()).AsksAsync(path)).ShouldBeProblem(404);

    async Task<HttpResponseMessage> OrderAsync(Shopper shopper, string lines)
    {
        var satay = (await shopper.FindsAsync("satay")).GetProperty("id").GetString();
        var body = $$"""{"lines":{{lines.Replace("$satay", satay, StringComparison.Ordinal)}},"addressId":"{{shopper.AddressId}}","paymentToken":"tok_visa"}""";
        return await SendAsync(shopper, "/api/orders", Encoding.UTF8.GetBytes(body), Json);
    }

    async Task<HttpResponseMessage> SendAsync(Shopper shopper, string path, byte[] body, string contentType)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ByteArrayContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        request.Headers.Add("Idempotency-Key", Guid.NewGuid().ToString());
        // An answer that comes before the body went out is read, rather than lost to a closed connection.
        request.Headers.ExpectContinue = true;
        // Nobody but merchants and operators gets as far as having a product read.
        if (path != "/api/products") return await shopper.SendsAsync(request);
        request.Headers.Authorization = new("Bearer", await village.Village.Tokens.OperatorAsync());
        return await village.Gateway.SendAsync(request);
    }
}
