using System.Net;
using System.Text.Json;
using Kampung.Testing;

namespace Kampung.Orders.Tests;

/// <summary>From the request to its outcome, with real neighbours.</summary>
public sealed class PlaceOrderTests(OrderVillage village)
{
    Shop Shop => village.Shop;

    [Fact]
    public async Task Who_waits_gets_the_confirmed_order()
    {
        var customer = await village.NewCustomerAsync();
        using var answer = await Shop.PlaceAsync(customer, Shop.Body(customer), wait: 30);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Headers.GetValues("Preference-Applied").ShouldBe(["wait=30"]);
        var order = await Shop.ReadAsync(answer);
        (order.Status, order.Currency, order.Total, order.CustomerId).ShouldBe(("confirmed", "MYR", 17.00m, customer.Id));
        (await Ledger.BalanceAsync(village.PaymentsDatabase, order.Id)).ShouldBe(17.00m);

        var line = order.Lines.ShouldHaveSingleItem();
        line.GetProperty("title").GetString().ShouldBe("Satay");
        line.GetProperty("stall").GetString().ShouldBe("Pak Ali");
        line.GetProperty("quantity").GetInt32().ShouldBe(2);
        line.GetProperty("unitPrice").GetDecimal().ShouldBe(8.50m);
        line.GetProperty("lineTotal").GetDecimal().ShouldBe(17.00m);

        var timeline = (await Shop.GetAsync(customer, order.Id)).Timeline!;
        timeline.Select(entry => entry.Sequence).ShouldBe(Enumerable.Range(1, timeline.Count));
        timeline.Where(entry => entry.Topic is null && !entry.What.EndsWith(" failed", StringComparison.Ordinal)).Take(4).Select(entry => (entry.Who, entry.What)).ShouldBe(
            [("order-service", "placed"), ("inventory-service", "reserved"), ("payment-service", "charged"), ("order-service", "confirmed")]);
    }

    [Fact]
    public async Task Who_does_not_wait_gets_202_and_where_to_look()
    {
        var customer = await village.NewCustomerAsync();
        using var answer = await Shop.PlaceAsync(customer, Shop.Body(customer), prefix: "/api");

        answer.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        var order = await Shop.ReadAsync(answer);
        answer.Headers.Location!.ToString().ShouldBe($"/api/orders/{order.Id}");
        await Shop.EndsAsync(customer, order.Id, "confirmed");
    }

    [Fact]
    public async Task Each_fact_is_announced_once_with_what_others_need()
    {
        var customer = await village.NewCustomerAsync();
        var order = await Shop.PlacedAsync(customer, wait: 30);

        (await Shop.FactsAsync(order.Id)).ShouldBe(["order-placed", "order-confirmed"]);
        foreach (var fact in Shop.Published(order.Id))
        {
            await fact.ShouldKeepItsContract();
            var body = fact.Body;
            body.GetProperty("orderId").GetGuid().ShouldBe(order.Id);
            body.GetProperty("customerId").GetGuid().ShouldBe(customer.Id);
            body.GetProperty("total").GetDecimal().ShouldBe(17.00m);
            body.GetProperty("lines")[0].GetProperty("variantId").GetGuid().ShouldBe(village.Satay);
        }
    }

    [Theory]
    [InlineData("tok_declined")]
    [InlineData("tok_insufficient_funds")]
    [InlineData("tok_nonsense")]
    public async Task A_declined_card_rejects_the_order(string token)
    {
        var customer = await village.NewCustomerAsync();
        var order = await Shop.PlacedAsync(customer, token, wait: 30);

        (order.Status, order.Reason).ShouldBe(("rejected", "payment declined"));
        (await Ledger.ChargesAsync(village.PaymentsDatabase, order.Id)).ShouldBe(0);
        (await Shop.FactsAsync(order.Id)).ShouldBe(["order-placed", "order-rejected"]);
        foreach (var fact in Shop.Published(order.Id)) await fact.ShouldKeepItsContract();
    }

    [Fact]
    public Task The_API_is_what_was_promised() => Shop.Service.ShouldKeepItsContract("order-service");

    [Fact]
    public async Task Everybody_gets_as_far_as_the_table_says()
    {
        var customer = await village.NewCustomerAsync();
        var order = await Shop.PlacedAsync(customer, wait: 30);
        await Shop.Service.ShouldBeGuarded("order-service", belongings: new(TestIssuer.Shared.Token(customer.Id, "customer"),
        [
            new("POST /orders", Body: Shop.Body(customer), Answer: 422),
            new("GET /orders", Mark: $"{order.Id}"),
            new("GET /orders/{id}", order.Id, Mark: $"{customer.Id}"),
            new("GET /orders/{id}/events", order.Id, Mark: $"{customer.Id}"),
            new("POST /orders/{id}/cancel", order.Id),
        ]));
        (await Shop.GetAsync(customer, order.Id)).CancelRequested.ShouldBeFalse();
    }

    [Theory]
    [InlineData("tok_flaky", 2)]
    [InlineData("tok_timeout", 3)]
    public async Task A_card_network_that_fails_or_loses_answers_charges_once(string token, int leastAttempts)
    {
        var customer = await village.NewCustomerAsync();
        var order = await Shop.PlacedAsync(customer, token, wait: 60);

        order.Status.ShouldBe("confirmed");
        (await Ledger.ChargesAsync(village.PaymentsDatabase, order.Id)).ShouldBe(1);
        var charged = (await Shop.GetAsync(customer, order.Id)).Timeline!.Single(entry => entry.What == "charged");
        charged.Step.ShouldBe("charge");
        charged.Attempt!.Value.ShouldBeGreaterThanOrEqualTo(leastAttempts);
    }

    [Fact]
    public async Task The_chief_carries_on_the_trace_of_the_request()
    {
        var customer = await village.NewCustomerAsync();
        var order = await Shop.PlacedAsync(customer, wait: 30);
        var timeline = (await Shop.SaysAsync(customer, order.Id, "delivery assigned")).Timeline!;
        timeline[0].TraceId.ShouldNotBeNull().Length.ShouldBe(32);
        timeline.Where(entry => entry.Topic is null).Select(entry => entry.TraceId).Distinct().Count().ShouldBe(1);
    }

    [Fact]
    public async Task What_is_not_for_sale_or_not_the_customers_own_is_422_and_nothing_is_saved()
    {
        var customer = await village.NewCustomerAsync();
        var other = await village.NewCustomerAsync();
        object Lines(params Guid[] variants) => new { lines = variants.Select(variantId => new { variantId, quantity = 1 }), addressId = customer.AddressId, paymentToken = "tok_visa" };

        await IsRefused(customer, Lines(village.Satay, Guid.NewGuid()), "unknown-product", "lines[1].variantId");
        await IsRefused(customer, Lines(village.Secret), "unknown-product", "lines[0].variantId");
        await IsRefused(customer, Shop.Body(other), "unknown-address", "addressId");
        await IsRefused(new(Guid.NewGuid(), Guid.NewGuid()), Shop.Body(customer), "unknown-customer", field: null);
    }

    async Task IsRefused(Customer customer, object body, string slug, string? field)
    {
        using var answer = await Shop.PlaceAsync(customer, body);
        answer.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        var problem = JsonElement.Parse(await answer.Content.ReadAsStringAsync());
        problem.GetProperty("type").GetString().ShouldBe($"https://kampung.dev/problems/{slug}");
        if (field is not null) problem.GetProperty("errors").TryGetProperty(field, out _).ShouldBeTrue(problem.ToString());
        (await Shop.SavedAsync(customer)).ShouldBe(0);
    }
}
