using System.Text;
using Kampung.Testing;

namespace Kampung.Orders.Tests;

/// <summary>Whatever is sent: problem details, nothing saved, no accident in the log.</summary>
public sealed class BadInputTests(OrderVillage village)
{
    const string Id = "0197f000-0000-7000-8000-000000000001";

    public static TheoryData<string, int> Bodies => new()
    {
        { "", 400 },
        { "null", 400 },
        { "{", 400 },
        { "[]", 400 },
        { "{}", 400 },
        { Body("[]"), 400 },
        { Body("null"), 400 },
        { Body("{}"), 400 },
        { Body("[null]"), 400 },
        { Body("[{}]"), 400 },
        { Body(Line(quantity: "0")), 400 },
        { Body(Line(quantity: "-1")), 400 },
        { Body(Line(quantity: "1000")), 400 },
        { Body(Line(quantity: "2147483648")), 400 },
        { Body(Line(quantity: "1.5")), 400 },
        { Body(Line(quantity: "\"2\"")), 400 },
        { Body(Line(variant: "\"satay\"")), 400 },
        { Body(Line(variant: "7")), 400 },
        { Body(Line(variant: "\"00000000-0000-0000-0000-000000000000\"")), 400 },
        { Body(Line(), address: "\"home\""), 400 },
        { Body(Line(), address: "null"), 400 },
        { Body(Line(), token: "null"), 400 },
        { Body(Line(), token: "\"\""), 400 },
        { Body(Line(), token: "\"a\\u0000\""), 400 },
        { Body(Line(), token: $"\"{new string('x', 256)}\""), 400 },
        { $$"""{"flow":"gossip",{{Body(Line())[1..]}}""", 400 },
        { $$"""{"flow":1,{{Body(Line())[1..]}}""", 400 },
        { Body($"[{string.Join(',', Enumerable.Repeat("""{"variantId":"0197f000-0000-7000-8000-000000000001","quantity":1}""", 101))}]"), 400 },
        { Body($"[{string.Join(',', Enumerable.Repeat("""{"variantId":"0197f000-0000-7000-8000-000000000001","quantity":1}""", 10_000))}]"), 400 },
        { Body(Line(), token: $"\"{new string('x', 1_100_000)}\""), 413 },
    };

    static string Line(string variant = $"\"{Id}\"", string quantity = "1") => $$"""[{"variantId":{{variant}},"quantity":{{quantity}}}]""";

    static string Body(string lines, string address = $"\"{Id}\"", string token = "\"tok_visa\"") =>
        $$"""{"lines":{{lines}},"addressId":{{address}},"paymentToken":{{token}}}""";

    [Theory]
    [MemberData(nameof(Bodies), DisableDiscoveryEnumeration = true)]
    public async Task A_bad_order_is_refused(string body, int status)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        await IsRefused(new(HttpMethod.Post, "/orders") { Content = content, Headers = { { "Idempotency-Key", "k" } } }, status);
    }

    [Fact]
    public async Task What_is_not_UTF8_or_not_JSON_is_refused()
    {
        using var latin = new ByteArrayContent([.. "{\"paymentToken\":\""u8, 0xE9, 0xFF, .. "\"}"u8]) { Headers = { ContentType = new("application/json") } };
        await IsRefused(new(HttpMethod.Post, "/orders") { Content = latin, Headers = { { "Idempotency-Key", "k" } } }, 400);
        using var form = new FormUrlEncodedContent([new("lines", "satay")]);
        await IsRefused(new(HttpMethod.Post, "/orders") { Content = form, Headers = { { "Idempotency-Key", "k" } } }, 415);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(" ")]
    [InlineData("256")]
    public async Task An_order_without_a_good_key_is_refused(string? key)
    {
        var customer = await village.NewCustomerAsync();
        using var content = System.Net.Http.Json.JsonContent.Create(village.Shop.Body(customer));
        var request = new HttpRequestMessage(HttpMethod.Post, "/orders") { Content = content };
        if (key is not null) request.Headers.TryAddWithoutValidation("Idempotency-Key", key == "256" ? new string('k', 256) : key);
        await IsRefused(request, 400, customer);
    }

    [Theory]
    [InlineData("/orders?cursor=nonsense", 400)]
    [InlineData("/orders?limit=0", 400)]
    [InlineData("/orders?status=eaten", 400)]
    [InlineData("/orders/7", 404)]
    [InlineData($"/orders/{Id}", 404)]
    [InlineData($"/orders/{Id}/events", 404)]
    [InlineData("/orders/stuck?limit=0", 400)]
    [InlineData("/orders/stuck?cursor=nonsense", 400)]
    [InlineData("/audit/orders?limit=1001", 400)]
    public async Task A_bad_question_is_refused(string path, int status) => await IsRefused(new(HttpMethod.Get, path), status);

    [Theory]
    [InlineData("call-off", """{"reason":" "}""", 400)]
    [InlineData("call-off", "{}", 400)]
    [InlineData("call-off", """{"reason":"no clay"}""", 404)]
    [InlineData("retry", "", 404)]
    public async Task A_bad_wish_of_an_operator_is_refused(string what, string body, int status) =>
        await IsRefused(new(HttpMethod.Post, $"/orders/{Id}/{what}") { Content = new StringContent(body, Encoding.UTF8, "application/json") }, status);

    [Fact]
    public async Task A_position_that_is_none_is_refused() =>
        await IsRefused(new(HttpMethod.Get, $"/orders/{Id}/events") { Headers = { { "Last-Event-ID", "yesterday" } } }, 400);

    [Theory]
    [InlineData("GET", "/orders")]
    [InlineData("GET", $"/orders/{Id}")]
    [InlineData("POST", $"/orders/{Id}/cancel")]
    public async Task Nobody_in_particular_gets_nothing(string method, string path)
    {
        using var answer = await village.Shop.Service.Client.SendAsync(new HttpRequestMessage(new(method), path).With(null));
        ((int)answer.StatusCode).ShouldBe(401);
    }

    async Task IsRefused(HttpRequestMessage request, int status, Customer? customer = null)
    {
        customer ??= new(Guid.NewGuid(), Guid.NewGuid());
        request.Headers.ExpectContinue = request.Content is not null; // a body that is too large is refused before it is sent
        // Who may ask for everything is refused all the same.
        using var answer = await village.Shop.Service.Client.SendAsync(request.As(customer.Id, "customer", "operator"));
        var problem = await answer.ShouldBeProblem(status);
        (await village.Shop.SavedAsync(customer)).ShouldBe(0);
        village.Shop.Service.ShouldHaveLoggedNoError(problem);
    }
}
