using System.Text;
using Kampung.Testing;

namespace Kampung.Delivery.Tests;

/// <summary>Whatever is sent: problem details, nothing saved, no accident in the log.</summary>
public sealed class BadInputTests(DeliveryVillage village)
{
    const string Id = "0197f000-0000-7000-8000-000000000001";

    static string Body(string order = $"\"{Id}\"", string customer = $"\"{Id}\"", string address = """{"line1":"Jalan Alor 1","city":"KL","country":"MY"}""", string flow = "\"orchestrated\"") =>
        $$"""{"orderId":{{order}},"customerId":{{customer}},"flow":{{flow}},"address":{{address}}}""";

    public static TheoryData<string, int> Deliveries => new()
    {
        { "", 400 }, { "null", 400 }, { "{", 400 }, { "[]", 400 }, { "{}", 400 },
        { Body(order: "\"nobody\""), 400 }, { Body(order: "17"), 400 }, { Body(order: "\"00000000-0000-0000-0000-000000000000\""), 400 },
        { Body(customer: "null"), 400 }, { Body(customer: "\"00000000-0000-0000-0000-000000000000\""), 400 },
        { Body(flow: "\"led\""), 400 }, { Body(flow: "1"), 400 },
        { Body(address: "null"), 400 }, { Body(address: "[]"), 400 }, { Body(address: "{}"), 400 }, { Body(address: "\"Jalan Alor 1\""), 400 },
        { Body(address: """{"line1":"","city":"KL","country":"MY"}"""), 400 },
        { Body(address: """{"line1":"a\u0000b","city":"KL","country":"MY"}"""), 400 },
        { Body(address: """{"line1":"a","city":17,"country":"MY"}"""), 400 },
        { Body(address: """{"line1":"a","city":"KL","country":"MY","label":"a\u0000b"}"""), 400 },
        { Body(address: $$"""{"line1":"{{new string('x', 201)}}","city":"KL","country":"MY"}"""), 400 },
        { Body(address: $$"""{"line1":"{{new string('x', 1_100_000)}}","city":"KL","country":"MY"}"""), 413 },
    };

    [Theory]
    [MemberData(nameof(Deliveries), DisableDiscoveryEnumeration = true)]
    public Task A_bad_delivery_is_refused(string body, int status) => IsRefused("/deliveries", body, status);

    [Theory]
    [InlineData("/deliveries/cancel", """{"orderId":"00000000-0000-0000-0000-000000000000"}""", 400)]
    [InlineData("/deliveries/cancel", """{"orderId":"0197f000-0000-7000-8000-000000000001","reason":"a\u0000b"}""", 400)]
    [InlineData("/deliveries/reassign", """{"orderId":"0197f000-0000-7000-8000-000000000001"}""", 400)]
    [InlineData("/deliveries/reassign", """{"orderId":"0197f000-0000-7000-8000-000000000001","attempt":"1"}""", 400)]
    [InlineData("/deliveries/reassign", """{"orderId":"0197f000-0000-7000-8000-000000000001","attempt":1}""", 404)]
    [InlineData("/deliveries/0197f000-0000-7000-8000-000000000001/failed", """{"reason":" "}""", 400)]
    [InlineData("/deliveries/0197f000-0000-7000-8000-000000000001/failed", """{"reason":"a\u0000b"}""", 400)]
    [InlineData("/deliveries/0197f000-0000-7000-8000-000000000001/failed", """{"reason":"rain","attempt":1.5}""", 400)]
    [InlineData("/deliveries/nobody/failed", """{"reason":"rain"}""", 404)]
    [InlineData("/deliveries/nobody/picked-up", "", 404)]
    [InlineData("/deliveries/17/delivered", "", 404)]
    [InlineData("/riders", """{"name":""}""", 400)]
    [InlineData("/riders", """{"name":"a\u0000b"}""", 400)]
    [InlineData("/riders", """{"name":17}""", 400)]
    [InlineData("/riders/nobody/on-duty", "", 404)]
    public Task A_bad_request_is_refused(string path, string body, int status) => IsRefused(path, body, status);

    [Theory]
    [InlineData("/deliveries/cancel")]
    [InlineData("/deliveries/reassign")]
    [InlineData("/deliveries/0197f000-0000-7000-8000-000000000001/failed")]
    [InlineData("/riders")]
    public async Task What_is_no_request_is_refused(string path)
    {
        foreach (var body in new[] { "", "null", "{", "[]", "{}", """{"orderId":null,"reason":null,"name":null,"attempt":null}""", """{"orderId":17,"reason":17,"name":17,"attempt":1}""" })
            await IsRefused(path, body, 400);
        await IsRefused(path, $$"""{"orderId":"{{Id}}","attempt":1,"name":"Ali","reason":"{{new string('x', 1_100_000)}}"}""", 413);
    }

    [Theory]
    [InlineData("/deliveries?status=lost")]
    [InlineData("/deliveries?status=17")]
    [InlineData("/deliveries?riderId=nobody")]
    [InlineData("/deliveries?limit=0")]
    [InlineData("/deliveries?cursor=nonsense")]
    [InlineData("/riders?limit=101")]
    [InlineData("/riders?cursor=nonsense")]
    [InlineData("/audit/deliveries?limit=1001")]
    [InlineData("/audit/deliveries?cursor=nonsense")]
    public async Task A_bad_query_is_refused(string path) => await (await village.Deliveries.Http.GetAsync(path)).ShouldBeProblem(400);

    [Fact]
    public async Task What_is_not_UTF8_or_not_JSON_is_refused()
    {
        using var latin = new ByteArrayContent([.. "{\"orderId\":\""u8, 0xE9, 0xFF, .. "\"}"u8]) { Headers = { ContentType = new("application/json") } };
        await (await village.Deliveries.Http.PostAsync("/deliveries", latin)).ShouldBeProblem(400);
        using var form = new FormUrlEncodedContent([new("orderId", Id)]);
        await (await village.Deliveries.Http.PostAsync("/deliveries/cancel", form)).ShouldBeProblem(415);
    }

    async Task IsRefused(string path, string body, int status)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        request.Headers.ExpectContinue = true; // a body that is too large is refused before it is sent
        using var answer = await village.Deliveries.Http.SendAsync(request);
        await answer.ShouldBeProblem(status);
        (await village.Deliveries.QueryAsync<long>("select count(*) from deliveries where order_id = $1", Guid.Parse(Id))).ShouldBe(0);
        foreach (var instance in village.Deliveries.Instances) instance.ShouldHaveLoggedNoError();
    }
}
