using System.Text;
using Kampung.Testing;

namespace Kampung.Inventory.Tests;

/// <summary>Whatever is sent: problem details, nothing saved, no accident in the log.</summary>
public sealed class BadInputTests(Storehouse house)
{
    const string Order = "0197f000-0000-7000-8000-000000000001", Customer = "0197f000-0000-7000-8000-000000000002";

    static string Line(string variant = $"\"{Customer}\"", string quantity = "1") => $$"""{"variantId":{{variant}},"quantity":{{quantity}}}""";

    static string Body(string order = $"\"{Order}\"", string customer = $"\"{Customer}\"", string? lines = null, string flow = "null") =>
        $$"""{"orderId":{{order}},"customerId":{{customer}},"lines":{{lines ?? $"[{Line()}]"}},"flow":{{flow}}}""";

    public static TheoryData<string, int> Reservations => new()
    {
        { "", 400 },
        { "null", 400 },
        { "{", 400 },
        { "[]", 400 },
        { "{}", 400 },
        { "17", 400 },
        { Body(order: "\"00000000-0000-0000-0000-000000000000\""), 400 },
        { Body(order: "\"nobody\""), 400 },
        { Body(order: "null"), 400 },
        { Body(customer: "\"00000000-0000-0000-0000-000000000000\""), 400 },
        { Body(customer: "17"), 400 },
        { Body(flow: "\"anarchic\""), 400 },
        { Body(flow: "1"), 400 },
        { Body(lines: "null"), 400 },
        { Body(lines: "[]"), 400 },
        { Body(lines: "{}"), 400 },
        { Body(lines: "[null]"), 400 },
        { Body(lines: "[{}]"), 400 },
        { Body(lines: $"[{Line(quantity: "0")}]"), 400 },
        { Body(lines: $"[{Line(quantity: "-1")}]"), 400 },
        { Body(lines: $"[{Line(quantity: "1.5")}]"), 400 },
        { Body(lines: $"[{Line(quantity: "\"1\"")}]"), 400 },
        { Body(lines: $"[{Line(quantity: "null")}]"), 400 },
        { Body(lines: $"[{Line(quantity: "1000001")}]"), 400 },
        { Body(lines: $"[{Line(quantity: "99999999999999999999")}]"), 400 },
        { Body(lines: $"[{Line(variant: "\"pot\"")}]"), 400 },
        { Body(lines: $"[{Line()},{Line(quantity: "0")}]"), 400 },
        { Body(lines: $"[{string.Join(',', Enumerable.Repeat(Line(), 10_000))}]"), 400 },
        { Body(lines: $"[{string.Join(',', Enumerable.Repeat(Line(), 20_000))}]"), 413 },
    };

    [Theory]
    [MemberData(nameof(Reservations), DisableDiscoveryEnumeration = true)]
    public async Task A_bad_reservation_is_refused(string body, int status)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        await IsRefused(HttpMethod.Post, "/reservations", content, status);
        (await house.FindAsync(Guid.Parse(Order))).ShouldBeNull();
    }

    [Fact]
    public async Task The_field_that_is_wrong_is_named()
    {
        using var content = new StringContent(Body(order: "\"00000000-0000-0000-0000-000000000000\"", lines: $"[{Line()},{Line(quantity: "0")}]"), Encoding.UTF8, "application/json");
        (await IsRefused(HttpMethod.Post, "/reservations", content, 400)).Fields().ShouldBe(["orderId", "lines[1].quantity"], ignoreOrder: true);
    }

    [Theory]
    [InlineData("/reservations")]
    [InlineData("/stock/adjustments")]
    public async Task What_is_not_UTF8_or_not_JSON_is_refused(string path)
    {
        using var latin = new ByteArrayContent([.. "{\"reason\":\""u8, 0xE9, 0xFF, .. "\"}"u8]) { Headers = { ContentType = new("application/json") } };
        await IsRefused(HttpMethod.Post, path, latin, 400, "k");
        using var form = new FormUrlEncodedContent([new("orderId", Order)]);
        await IsRefused(HttpMethod.Post, path, form, 415, "k");
    }

    [Theory]
    [InlineData("""{"variantId":"0197f000-0000-7000-8000-000000000002","delta":0,"reason":"r"}""", "k", 400)]
    [InlineData("""{"variantId":"0197f000-0000-7000-8000-000000000002","delta":1.5,"reason":"r"}""", "k", 400)]
    [InlineData("""{"variantId":"0197f000-0000-7000-8000-000000000002","delta":"1","reason":"r"}""", "k", 400)]
    [InlineData("""{"variantId":"0197f000-0000-7000-8000-000000000002","delta":2147483647,"reason":"r"}""", "k", 400)]
    [InlineData("""{"variantId":"0197f000-0000-7000-8000-000000000002","delta":99999999999,"reason":"r"}""", "k", 400)]
    [InlineData("""{"variantId":"0197f000-0000-7000-8000-000000000002","delta":1,"reason":" "}""", "k", 400)]
    [InlineData("""{"variantId":"0197f000-0000-7000-8000-000000000002","delta":1,"reason":null}""", "k", 400)]
    [InlineData("""{"variantId":"0197f000-0000-7000-8000-000000000002","delta":1,"reason":"a\u0000b"}""", "k", 400)]
    [InlineData("""{"variantId":"0197f000-0000-7000-8000-000000000002","delta":1,"reason":"r"}""", null, 400)]
    [InlineData("""{"variantId":"0197f000-0000-7000-8000-000000000002","delta":1,"reason":"r"}""", " ", 400)]
    [InlineData("""{"variantId":"0197f000-0000-7000-8000-000000000002","delta":1,"reason":"r"}""", "k", 404)]
    [InlineData("""{"variantId":"pot","delta":1,"reason":"r"}""", "k", 400)]
    [InlineData("""{"delta":1,"reason":"r"}""", "k", 400)]
    [InlineData("""{"delta":""", "k", 400)]
    [InlineData("[]", "k", 400)]
    public async Task A_bad_adjustment_is_refused(string body, string? key, int status)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        await IsRefused(HttpMethod.Post, "/stock/adjustments", content, status, key);
    }

    [Theory]
    [InlineData("GET", "/reservations/nobody", 404)]
    [InlineData("GET", "/reservations/0197f000-0000-7000-8000-000000000001", 404)]
    [InlineData("DELETE", "/reservations/nobody", 404)]
    [InlineData("DELETE", "/reservations/00000000-0000-0000-0000-000000000000", 400)]
    [InlineData("PUT", "/reservations", 405)]
    [InlineData("GET", "/stock/pot", 404)]
    [InlineData("GET", "/stock/0197f000-0000-7000-8000-000000000001", 404)]
    [InlineData("GET", "/stock?limit=0", 400)]
    [InlineData("GET", "/stock?limit=101", 400)]
    [InlineData("GET", "/stock?limit=ten", 400)]
    [InlineData("GET", "/stock?cursor=nonsense", 400)]
    [InlineData("GET", "/stock?cursor=e30", 400)] // {}
    [InlineData("GET", "/stock?search=a%00b", 400)]
    [InlineData("GET", "/audit/stock?limit=1001", 400)]
    [InlineData("GET", "/audit/stock?cursor=nonsense", 400)]
    [InlineData("GET", "/audit/reservations?limit=-1", 400)]
    [InlineData("GET", "/audit/reservations?cursor=bnVsbA", 400)] // null
    [InlineData("GET", "/audit", 404)]
    public Task A_bad_question_is_refused(string method, string path, int status) => IsRefused(new HttpMethod(method), path, null, status);

    async Task<System.Text.Json.JsonElement> IsRefused(HttpMethod method, string path, HttpContent? content, int status, string? key = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        request.Headers.ExpectContinue = content is not null; // a body that is too large is refused before it is sent
        if (key is not null) request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        using var answer = await house.Client.SendAsync(request);
        var problem = await answer.ShouldBeProblem(status);
        house.Process.Logs.ShouldNotContain(line => line.Contains("An unhandled exception", StringComparison.Ordinal));
        return problem;
    }
}
