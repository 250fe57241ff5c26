using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Kampung.Testing;

namespace Kampung.SystemTests;

/// <summary>One order from end to end, through the only public door of a whole village.</summary>
[Collection(VillageCollection.Name)]
public sealed class OneOrder(VillageFixture village)
{
    static readonly TimeSpan TenSeconds = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData("orchestrated")]
    [InlineData("choreographed")]
    public async Task An_order_is_confirmed_and_completed_and_its_letters_are_in_the_mailbox(string flow)
    {
        var shopper = await village.NewShopper();

        var answer = await shopper.OrdersAsync(2, "satay", wait: TenSeconds, flow: flow);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        var order = await answer.Content.ReadFromJsonAsync<JsonElement>();
        order.GetProperty("status").GetString().ShouldBeOneOf(Standing);
        order.GetProperty("flow").GetString().ShouldBe(flow);
        answer.Headers.GetValues("Preference-Applied").ShouldBe(["wait=10"]);
        await Eventually.Is(async () => (await shopper.ReadsAsync($"/api/orders/{order.GetProperty("id").GetGuid()}")).GetProperty("status").GetString() == "completed");
        await village.Mailbox.Holds(shopper.Email, ["welcome", .. VillageFixture.LettersOfAnOrder]);
    }

    /// <summary>An order that goes well, whenever one looks.</summary>
    static readonly string[] Standing = ["confirmed", "completed"];

    [Fact]
    public async Task An_order_is_one_trace_from_the_gateway_to_the_letter()
    {
        var shopper = await village.NewShopper();
        var traceId = Guid.NewGuid().ToString("N");

        var answer = await shopper.OrdersAsync(1, "satay", wait: TenSeconds, traceparent: $"00-{traceId}-{Guid.NewGuid().ToString("N")[..16]}-01");
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());

        // Spans arrive when they have ended, and a process sends them in batches.
        await Eventually.Passes(() =>
        {
            var trace = new TraceTree(village.Spans.Trace(traceId));
            trace.ShouldHavePath("gateway SERVER", "gateway CLIENT", "order-service SERVER", "order-service CLIENT", "customer-service SERVER");
            trace.ShouldHavePath("gateway SERVER", "gateway CLIENT", "order-service SERVER", "order-service CLIENT", "product-service SERVER");
            trace.ShouldHavePath("gateway SERVER", "order-service CLIENT", "payment-service SERVER");
            trace.ShouldHavePath("payment-service SERVER", "payment-service PRODUCER payment-confirmed", "notification-service CONSUMER payment-confirmed");
            trace.ShouldHavePath("gateway SERVER", "order-service PRODUCER order-confirmed", "notification-service CONSUMER order-confirmed");
            trace.ShouldHaveOneRoot("gateway SERVER");
            return Task.CompletedTask;
        });
    }

    [Fact]
    public async Task A_declined_card_rejects_the_order_and_says_so()
    {
        var shopper = await village.NewShopper();

        var answer = await shopper.OrdersAsync(1, "satay", Card.Declined, TenSeconds);

        var order = await answer.Content.ReadFromJsonAsync<JsonElement>();
        order.GetProperty("status").GetString().ShouldBe("rejected");
        order.GetProperty("reason").GetString()!.ShouldContain("payment declined", Case.Insensitive);
        await village.Mailbox.Holds(shopper.Email, ["welcome", "order-rejected"]);
    }

    [Fact]
    public async Task The_same_key_is_the_same_order_however_often_it_is_sent()
    {
        var shopper = await village.NewShopper();
        var key = Guid.NewGuid().ToString();

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => shopper.OrdersAsync(1, "satay", wait: TenSeconds, key: key)));

        var ids = await Task.WhenAll(answers.Select(async answer => (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetGuid()));
        ids.Distinct().ShouldHaveSingleItem();
        (await shopper.ReadsAsync("/api/orders")).GetProperty("items").GetArrayLength().ShouldBe(1);
        (await shopper.ReadsAsync($"/api/payments?orderId={ids[0]}")).GetProperty("items").GetArrayLength().ShouldBe(1);
    }

    [Fact]
    public async Task A_lost_answer_of_the_card_network_takes_the_money_once()
    {
        var shopper = await village.NewShopper();

        var answer = await shopper.OrdersAsync(1, "satay", Card.AnswerLost, TimeSpan.FromSeconds(30));

        var order = await answer.Content.ReadFromJsonAsync<JsonElement>();
        order.GetProperty("status").GetString().ShouldBeOneOf(Standing);
        var payments = (await shopper.ReadsAsync($"/api/payments?orderId={order.GetProperty("id").GetGuid()}")).GetProperty("items");
        payments.GetArrayLength().ShouldBe(1);
        payments[0].GetProperty("amount").GetDecimal().ShouldBe(order.GetProperty("total").GetDecimal());
    }

    [Fact]
    public async Task Orders_are_seen_by_their_customer_alone()
    {
        var (siti, ali) = (await village.NewShopper(), await village.NewShopper());
        var order = await (await siti.OrdersAsync(1, "satay", wait: TenSeconds)).Content.ReadFromJsonAsync<JsonElement>();

        var stranger = await ali.AsksAsync($"/api/orders/{order.GetProperty("id").GetGuid()}");

        stranger.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }
}
