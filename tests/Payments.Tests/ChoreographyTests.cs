using System.Net.Http.Json;
using System.Text.Json;
using Kampung.Testing;

namespace Kampung.Payments.Tests;

/// <summary>Without a chief: the till acts on what it hears, whatever comes first, twice or too late.</summary>
public sealed class ChoreographyTests(PaymentVillage village)
{
    Till Till => village.Till;

    [Theory]
    [InlineData("order-placed", "stock-reserved")]
    [InlineData("stock-reserved", "order-placed")]
    public async Task An_order_is_charged_once_when_it_is_placed_and_its_stock_is_set_aside_in_either_order(string first, string second)
    {
        var order = Till.NewCharge();
        await Till.Says(first, order);
        await Eventually.Is(async () => await AwaitedAsync(order) == 1);
        (await Till.FindAsync(order)).ShouldBeNull();

        await Till.Says(second, order);
        await Till.Becomes(order, "succeeded");
        await Eventually.Is(async () => await AwaitedAsync(order) == 0);
        var (topic, body) = (await Till.EventsAsync(order.OrderId)).ShouldHaveSingleItem();
        (topic, body.GetProperty("flow").GetString(), body.GetProperty("amount").GetDecimal()).ShouldBe(("payment-confirmed", "choreographed", 12.50m));
    }

    [Theory]
    [InlineData("tok_visa", "succeeded", "payment-confirmed", 1)]
    [InlineData("tok_declined", "declined", "payment-failed", 0)]
    public async Task What_came_of_the_payment_is_said_anew_when_the_order_is_placed_anew(string token, string status, string fact, int charges)
    {
        var order = Till.NewCharge(token);
        await Till.Orders(order);
        await Till.Becomes(order, status);
        await Till.Says("stock-reserved", order);
        await Till.Says("order-placed", order);
        await Eventually.Is(async () => (await Till.EventsAsync(order.OrderId)).Count == 2);

        (await Till.EventsAsync(order.OrderId)).ShouldAllBe(said => said.Topic == fact);
        (await Till.ChargesAsync(order.OrderId)).ShouldBe(charges);
        (await AwaitedAsync(order)).ShouldBe(0);
    }

    [Fact]
    public async Task What_the_chief_sees_to_is_left_to_the_chief()
    {
        var (orchestrated, choreographed) = (Till.NewCharge(), Till.NewCharge());
        foreach (var topic in new[] { "order-placed", "stock-reserved", "order-cancelled" }) await Till.Says(topic, orchestrated, "orchestrated");
        await Till.Orders(choreographed);
        await Till.Becomes(choreographed, "succeeded");
        (await Till.FindAsync(orchestrated)).ShouldBeNull();
        (await AwaitedAsync(orchestrated)).ShouldBe(0);

        var charged = await Till.ChargedAsync(orchestrated);
        await Till.Says("order-rejected", orchestrated, "orchestrated");
        await Till.Says("order-rejected", choreographed);
        await Till.Becomes(choreographed, "refunded");
        (await Till.FindAsync(orchestrated)).ShouldBe(charged);
    }

    [Theory]
    [InlineData("tok_declined", 12.50, "SGD", "card declined")]
    [InlineData("nobody's", 12.50, "SGD", "invalid token")]
    [InlineData("", 12.50, "SGD", "invalid token")]
    [InlineData("tok_visa", 50_000.01, "SGD", "amount over the limit")]
    [InlineData("tok_visa", 12.50, "JPY", "amount not payable in its currency")]
    [InlineData("tok_visa", 12.50, "XXX", "currency not taken")]
    public async Task What_cannot_be_paid_is_announced_as_failed_once(string token, decimal amount, string currency, string reason)
    {
        var order = Till.NewCharge(token, amount) with { Currency = currency };
        await Till.Orders(order);
        await Till.Becomes(order, "declined");

        (await Till.ChargesAsync(order.OrderId)).ShouldBe(0);
        var (topic, body) = (await Till.EventsAsync(order.OrderId)).ShouldHaveSingleItem();
        (topic, body.GetProperty("flow").GetString(), body.GetProperty("reason").GetString()).ShouldBe(("payment-failed", "choreographed", reason));
    }

    [Theory]
    [InlineData("order-rejected")]
    [InlineData("order-cancelled")]
    public async Task A_charge_that_is_due_after_it_was_called_off_takes_nothing(string undo)
    {
        var order = Till.NewCharge();
        await Till.Says(undo, order);
        await Till.Becomes(order, "cancelled");
        await Till.Orders(order);

        var other = Till.NewCharge();
        await Till.Orders(other);
        await Till.Becomes(other, "succeeded");
        (await Till.FindAsync(order))!.Status.ShouldBe("cancelled");
        (await Till.ChargesAsync(order.OrderId)).ShouldBe(0);
        (await Till.EventsAsync(order.OrderId)).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("tok_visa")]
    [InlineData("tok_timeout")]
    public async Task What_was_taken_is_given_back_once_however_often_it_is_called_off(string token)
    {
        var order = Till.NewCharge(token);
        await Till.Orders(order);
        await Eventually.Is(async () => await Till.ChargesAsync(order.OrderId) == 1);
        for (var i = 0; i < 2; i++) await Till.Says("order-cancelled", order);
        await Till.Says("order-rejected", order);

        await Till.Becomes(order, "refunded");
        (await Till.BalanceAsync(order.OrderId)).ShouldBe(0);
        (await Till.EventsAsync(order.OrderId)).Select(e => e.Topic).ShouldBe(["payment-confirmed", "payment-refunded"]);
        (await Till.QueryAsync<long>("select count(*) from payments where order_id = $1 and due is not null", order.OrderId)).ShouldBe(0);
    }

    [Fact]
    public async Task Charged_and_called_off_at_the_same_time_over_two_instances_it_costs_nothing()
    {
        await using var second = await village.StartAsync(new() { ["Sandbox__AnswerTimeout"] = "00:00:00.05" }, Till.Database);
        var random = new Random(11);
        var orders = Enumerable.Range(0, 60).Select(i => Till.NewCharge(i % 10 == 0 ? "tok_timeout" : i % 10 == 1 ? "tok_declined" : "tok_visa")).ToList();
        var facts = orders.SelectMany(order => new[] { "order-placed", "stock-reserved", "order-cancelled", "order-placed" }.Select(topic => (topic, order)))
            .OrderBy(_ => random.Next()).ToList();
        await Task.WhenAll(facts.Select(fact => Till.Says(fact.topic, fact.order)));

        foreach (var order in orders)
            await Eventually.Is(async () => (await Till.FindAsync(order))?.Status is "cancelled" or "refunded" or "declined");
        foreach (var order in orders) (await Till.BalanceAsync(order.OrderId)).ShouldBe(0);
    }

    [Fact]
    public async Task What_cannot_be_read_is_a_dead_letter()
    {
        var order = Guid.NewGuid();
        var id = await Till.Events.Publishes("stock-reserved", order, new { orderId = "nobody" });
        var letter = await Eventually.Get(async () =>
            (await Till.Http.GetFromJsonAsync<JsonElement>("/dead-letters")).GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetGuid()).Cast<Guid?>().FirstOrDefault(found => found == id));
        letter.ShouldBe(id);
    }

    [Fact]
    public async Task The_audit_shows_our_books_beside_the_card_networks_own()
    {
        var (paid, refunded, declined, calledOff) = (Till.NewCharge(), Till.NewCharge(), Till.NewCharge("tok_declined"), Till.NewCharge());
        foreach (var charge in new[] { paid, refunded, declined }) await Till.ChargedAsync(charge);
        await Till.CancelAsync(calledOff);
        await Till.CancelAsync(refunded);
        var stray = Guid.NewGuid();
        await Till.QueryAsync<int>("insert into sandbox.charges (key, reference, amount, currency, token, charged_at) values ($1, $1, 9, 'MYR', 'tok_visa', now()) returning calls", stray);

        List<JsonElement> entries = [];
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await Till.Http.GetFromJsonAsync<JsonElement>($"/audit/payments?limit=2&cursor={cursor}");
            entries.AddRange(page.GetProperty("items").EnumerateArray());
            cursor = page.GetProperty("next").GetString();
        }

        // Others pay there too.
        Guid[] own = [.. new[] { paid, refunded, declined, calledOff }.Select(charge => charge.OrderId), stray];
        entries.Where(entry => own.Contains(entry.GetProperty("orderId").GetGuid())).ToDictionary(entry => entry.GetProperty("orderId").GetGuid(), entry => (
            entry.GetProperty("status").GetString(), entry.GetProperty("amount").GetDecimal(), entry.GetProperty("refunded").GetDecimal(),
            entry.GetProperty("providerCharged").GetDecimal(), entry.GetProperty("providerRefunded").GetDecimal())).ShouldBe(new Dictionary<Guid, (string?, decimal, decimal, decimal, decimal)>
        {
            [paid.OrderId] = ("succeeded", 12.50m, 0, 12.50m, 0),
            [refunded.OrderId] = ("refunded", 12.50m, 12.50m, 12.50m, 12.50m),
            [declined.OrderId] = ("declined", 12.50m, 0, 0, 0),
            [calledOff.OrderId] = ("cancelled", 12.50m, 0, 0, 0),
            [stray] = (null, 0, 0, 9, 0),
        }, ignoreOrder: true);
        foreach (var query in new[] { "?limit=0", "?limit=1001", "?cursor=nonsense" }) await (await Till.Http.GetAsync($"/audit/payments{query}")).ShouldBeProblem(400);
    }

    Task<long> AwaitedAsync(Charge order) => Till.QueryAsync<long>("select count(*) from awaited_orders where order_id = $1", order.OrderId);
}
