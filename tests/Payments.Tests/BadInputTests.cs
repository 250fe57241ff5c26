using System.Net.Http.Headers;
using System.Text;
using Kampung.Testing;

namespace Kampung.Payments.Tests;

/// <summary>Whatever is sent: problem details, nothing saved, no accident in the log.</summary>
public sealed class BadInputTests(PaymentVillage village)
{
    const string Order = "0197f000-0000-7000-8000-000000000001";

    public static TheoryData<string, int> Bodies => new()
    {
        { "", 400 },
        { "null", 400 },
        { "{", 400 },
        { "[]", 400 },
        { "{}", 400 },
        { Body(amount: "0"), 400 },
        { Body(amount: "-1"), 400 },
        { Body(amount: "1.005"), 400 },
        { Body(amount: "\"12.50\""), 400 },
        { Body(amount: "1e400"), 400 },
        { Body(amount: "null"), 400 },
        { Body(amount: "79228162514264337593543950335"), 422 },
        { Body(amount: "50000.01"), 422 },
        { Body(amount: "12.50", currency: "\"JPY\""), 400 },
        { Body(currency: "\"XXX\""), 400 },
        { Body(currency: "\"sgd\""), 400 },
        { Body(currency: "null"), 400 },
        { Body(order: "\"00000000-0000-0000-0000-000000000000\""), 400 },
        { Body(order: "\"nobody\""), 400 },
        { Body(order: "17"), 400 },
        { Body(token: "\"\""), 400 },
        { Body(token: "null"), 400 },
        { Body(token: "\"a\\u0000b\""), 400 },
        { Body(token: $"\"{new string('x', 256)}\""), 400 },
        { Body(token: $"\"{new string('x', 1_100_000)}\""), 413 },
    };

    static string Body(string order = $"\"{Order}\"", string amount = "12.50", string currency = "\"SGD\"", string token = "\"tok_visa\"") =>
        $$"""{"orderId":{{order}},"customerId":"{{Order}}","amount":{{amount}},"currency":{{currency}},"paymentToken":{{token}}}""";

    [Theory]
    [MemberData(nameof(Bodies), DisableDiscoveryEnumeration = true)]
    public async Task A_bad_charge_is_refused(string body, int status)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        await IsRefused("/payments", content, status);
    }

    [Fact]
    public async Task What_is_not_UTF8_or_not_JSON_is_refused()
    {
        using var latin = new ByteArrayContent([.. "{\"paymentToken\":\""u8, 0xE9, 0xFF, .. "\"}"u8]) { Headers = { ContentType = new("application/json") } };
        await IsRefused("/payments", latin, 400);
        using var form = new FormUrlEncodedContent([new("amount", "12")]);
        await IsRefused("/payments", form, 415);
    }

    [Theory]
    [InlineData("""{"amount":0}""", "k", 400)]
    [InlineData("""{"amount":-1}""", "k", 400)]
    [InlineData("""{"amount":0.001}""", "k", 400)]
    [InlineData("""{"amount":"1"}""", "k", 400)]
    [InlineData("""{"amount":1}""", null, 400)]
    [InlineData("""{"amount":1}""", " ", 400)]
    [InlineData("""{"amount":""", "k", 400)]
    public async Task A_bad_refund_is_refused(string body, string? key, int status)
    {
        var payment = await village.Till.ChargedAsync(Till.NewCharge());
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        await IsRefused($"/payments/{payment.Id}/refund", content, status, key);
        (await village.Till.QueryAsync<long>("select count(*) from refunds where payment_id = $1", payment.Id)).ShouldBe(0);
    }

    [Theory]
    [InlineData("?cursor=nonsense")]
    [InlineData("?limit=0")]
    [InlineData("?limit=1000")]
    [InlineData("?limit=ten")]
    [InlineData("?orderId=nobody")]
    public async Task A_bad_query_is_refused(string query)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/payments{query}").As(Guid.Parse(Order));
        using var answer = await village.Till.Http.SendAsync(request);
        ((int)answer.StatusCode).ShouldBe(400);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
    }

    async Task IsRefused(string path, HttpContent content, int status, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        request.Headers.ExpectContinue = true; // a body that is too large is refused before it is sent
        if (key is not null) request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        using var answer = await village.Till.Http.SendAsync(request);

        var problem = await answer.ShouldBeProblem(status);
        (await village.Till.QueryAsync<long>("select count(*) from payments where order_id = $1", Guid.Parse(Order))).ShouldBe(0);
        village.Till.Service.ShouldHaveLoggedNoError(problem);
    }
}
