using System.Text;
using Kampung.Testing;

namespace Kampung.Kitchen.Tests;

/// <summary>Whatever is sent: problem details, nothing saved, no accident in the log.</summary>
public sealed class BadInputTests(KitchenVillage village)
{
    const string Id = "0197f000-0000-7000-8000-000000000001";
    const string Line = """{"title":"Satay","stall":"Satay Corner","quantity":1}""";

    static string Body(string order = $"\"{Id}\"", string customer = $"\"{Id}\"", string lines = $"[{Line}]", string flow = "\"orchestrated\"") =>
        $$"""{"orderId":{{order}},"customerId":{{customer}},"flow":{{flow}},"lines":{{lines}}}""";

    public static TheoryData<string, int> Tickets => new()
    {
        { "", 400 }, { "null", 400 }, { "{", 400 }, { "[]", 400 }, { "{}", 400 },
        { Body(order: "\"nobody\""), 400 }, { Body(order: "17"), 400 }, { Body(order: "\"00000000-0000-0000-0000-000000000000\""), 400 },
        { Body(customer: "null"), 400 }, { Body(customer: "\"00000000-0000-0000-0000-000000000000\""), 400 },
        { Body(flow: "\"led\""), 400 }, { Body(flow: "1"), 400 },
        { Body(lines: "null"), 400 }, { Body(lines: "[]"), 400 }, { Body(lines: "[null]"), 400 }, { Body(lines: "{}"), 400 },
        { Body(lines: """[{"title":"","stall":"S","quantity":1}]"""), 400 },
        { Body(lines: """[{"title":"a\u0000b","stall":"S","quantity":1}]"""), 400 },
        { Body(lines: """[{"title":"Satay","stall":" ","quantity":1}]"""), 400 },
        { Body(lines: """[{"title":"Satay","stall":"a\u0000b","quantity":1}]"""), 400 },
        { Body(lines: """[{"title":"Satay","quantity":1}]"""), 400 },
        { Body(lines: """[{"title":"Satay","stall":"S","variantTitle":"a\u0000b","quantity":1}]"""), 400 },
        { Body(lines: """[{"title":"Satay","stall":"S","quantity":0}]"""), 400 },
        { Body(lines: """[{"title":"Satay","stall":"S","quantity":-1}]"""), 400 },
        { Body(lines: """[{"title":"Satay","stall":"S","quantity":1.5}]"""), 400 },
        { Body(lines: """[{"title":"Satay","stall":"S","quantity":"1"}]"""), 400 },
        { Body(lines: """[{"title":"Satay","stall":"S","quantity":99999999999}]"""), 400 },
        { Body(lines: $$"""[{"title":"{{new string('x', 501)}}","stall":"S","quantity":1}]"""), 400 },
        { Body(lines: $$"""[{"title":"Satay","stall":"{{new string('x', 501)}}","quantity":1}]"""), 400 },
        { Body(lines: $"[{string.Join(',', Enumerable.Repeat(Line, 10_000))}]"), 400 },
        { Body(lines: $"[{string.Join(',', Enumerable.Repeat(Line, 25_000))}]"), 413 },
    };

    [Theory]
    [MemberData(nameof(Tickets), DisableDiscoveryEnumeration = true)]
    public Task Bad_tickets_are_refused(string body, int status) => IsRefused("/kitchen/tickets", body, status);

    [Theory]
    [InlineData("cancel")]
    [InlineData("nudge")]
    [InlineData("move")]
    public async Task A_bad_order_is_refused(string verb)
    {
        foreach (var body in new[] { "", "null", "{", "[]", "{}", """{"orderId":null}""", """{"orderId":17}""", """{"orderId":"nobody"}""" })
            await IsRefused($"/kitchen/tickets/{verb}", body, 400);
        await IsRefused($"/kitchen/tickets/{verb}", """{"orderId":"00000000-0000-0000-0000-000000000000"}""", verb == "cancel" ? 400 : 404);
        await IsRefused($"/kitchen/tickets/{verb}", $$"""{"orderId":"{{Id}}","more":"{{new string('x', 1_100_000)}}"}""", 413);
    }

    [Theory]
    [InlineData("/kitchen/tickets/nobody/ready", 404)]
    [InlineData("/kitchen/stations/nobody/open", 404)]
    [InlineData("/kitchen/stations/17/close", 404)]
    public async Task An_id_that_is_none_is_not_found(string path, int status) => await (await village.Kitchen.PostAsync(path)).ShouldBeProblem(status);

    [Theory]
    [InlineData("/kitchen/tickets?status=burnt")]
    [InlineData("/kitchen/tickets?status=17")]
    [InlineData("/kitchen/tickets?stall=a%00b")]
    [InlineData("/kitchen/tickets?limit=0")]
    [InlineData("/kitchen/tickets?limit=101")]
    [InlineData("/kitchen/tickets?cursor=nonsense")]
    [InlineData("/kitchen/stations?stall=a%00b")]
    [InlineData("/kitchen/stations?cursor=nonsense")]
    [InlineData("/audit/tickets?limit=1001")]
    [InlineData("/audit/tickets?cursor=nonsense")]
    public async Task A_bad_query_is_refused(string path)
    {
        await (await village.Kitchen.Http.GetAsync(path)).ShouldBeProblem(400);
        village.Kitchen.Instances[0].ShouldHaveLoggedNoError();
    }

    [Fact]
    public async Task What_is_not_UTF8_or_not_JSON_is_refused()
    {
        using var latin = new ByteArrayContent([.. "{\"orderId\":\""u8, 0xE9, 0xFF, .. "\"}"u8]) { Headers = { ContentType = new("application/json") } };
        await (await village.Kitchen.Http.PostAsync("/kitchen/tickets", latin)).ShouldBeProblem(400);
        using var form = new FormUrlEncodedContent([new("orderId", Id)]);
        await (await village.Kitchen.Http.PostAsync("/kitchen/tickets/cancel", form)).ShouldBeProblem(415);
    }

    async Task IsRefused(string path, string body, int status)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        request.Headers.ExpectContinue = true; // a body that is too large is refused before it is sent
        using var answer = await village.Kitchen.Http.SendAsync(request);
        await answer.ShouldBeProblem(status);
        (await village.Kitchen.QueryAsync<long>("select count(*) from orders where order_id = $1", Guid.Parse(Id))).ShouldBe(0);
        foreach (var instance in village.Kitchen.Instances) instance.ShouldHaveLoggedNoError();
    }
}
