using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Kampung.Testing;

namespace Kampung.Orders.Tests;

/// <summary>What those see who keep the village going, and what they can do about it.</summary>
public sealed class OperatorTests(OrderVillage village)
{
    [Fact]
    public async Task An_order_without_a_chief_shows_which_fact_has_not_come_and_from_whom()
    {
        var shop = await village.Hasty;
        var customer = await village.NewCustomerAsync();
        var order = await shop.OrderAsync(customer, village.Pot, "choreographed");
        await shop.SaysAsync(customer, order.Id, "delivery assigned");

        var stuck = await Eventually.Get(async () => (await shop.StuckAsync()).Single(s => s.GetProperty("orderId").GetGuid() == order.Id && s.GetProperty("step").GetString() == "delivery-picked-up"));
        (stuck.GetProperty("flow").GetString(), stuck.GetProperty("reason").GetString()).ShouldBe(("choreographed", "delivery-service has not said delivery-picked-up."));

        (await ListedAsync("open"))!.Value.GetProperty("waiting").GetProperty("step").GetString().ShouldBe("delivery-picked-up");
        (await ListedAsync("confirmed")).ShouldNotBeNull();
        (await ListedAsync("completed")).ShouldBeNull();

        // To say again what was said does nothing twice.
        (await shop.Service.Client.PostAsync($"/orders/{order.Id}/retry", null)).StatusCode.ShouldBe(HttpStatusCode.Accepted);
        await Eventually.Is(async () => (await shop.FactsAsync(order.Id)).Count(fact => fact == "order-placed") == 2);
        (await village.RiderSaysAsync(order.Id, "picked-up")).EnsureSuccessStatusCode();
        (await village.RiderSaysAsync(order.Id, "delivered")).EnsureSuccessStatusCode();
        await shop.EndsAsync(customer, order.Id, "completed");
        (await Ledger.ChargesAsync(village.PaymentsDatabase, order.Id)).ShouldBe(1);
        (await shop.StuckAsync()).ShouldNotContain(s => s.GetProperty("orderId").GetGuid() == order.Id);
        (await shop.Service.Client.PostAsync($"/orders/{order.Id}/retry", null)).StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await ListedAsync("open")).ShouldBeNull();
        (await ListedAsync("completed"))!.Value.TryGetProperty("waiting", out _).ShouldBeFalse();

        async Task<JsonElement?> ListedAsync(string status) => (await shop.Service.Client.GetFromJsonAsync<JsonElement>($"/orders?limit=100&status={status}"))
            .GetProperty("items").EnumerateArray().Where(listed => listed.GetProperty("id").GetGuid() == order.Id).Cast<JsonElement?>().SingleOrDefault();
    }

    [Fact]
    public async Task An_order_without_a_chief_of_which_a_stall_missed_a_fact_goes_on_when_it_is_retried()
    {
        var shop = await village.Hasty;
        var customer = await village.NewCustomerAsync();
        // As if its stock-reserved had become a dead letter that was discarded.
        await Sql.ExecuteAsync(village.PaymentsDatabase,
            $"""
            create function forget() returns trigger language plpgsql as $$ begin new.stock_reserved := false; return new; end $$;
            create trigger forget before insert or update on awaited_orders for each row when (new.customer_id = '{customer.Id}') execute function forget();
            """);
        var order = await shop.OrderAsync(customer, village.Pot, "choreographed");
        var reserved = await Eventually.Get(async () => (await shop.GetAsync(customer, order.Id)).Timeline!.SingleOrDefault(entry => entry.Topic == "stock-reserved"));
        await Eventually.Is(async () => await Sql.QueryAsync<long>(village.PaymentsDatabase, "select count(*) from inbox where event_id = $1", reserved!.EventId!) == 1);
        await Eventually.Is(async () => await AwaitedAsync() == 1);
        await Sql.ExecuteAsync(village.PaymentsDatabase, "drop trigger forget on awaited_orders; drop function forget;");
        await Eventually.Is(async () => (await shop.StuckAsync()).Any(s => s.GetProperty("orderId").GetGuid() == order.Id && s.GetProperty("step").GetString() == "payment-confirmed or payment-failed"));

        (await shop.Service.Client.PostAsync($"/orders/{order.Id}/retry", null)).StatusCode.ShouldBe(HttpStatusCode.Accepted);
        await shop.SaysAsync(customer, order.Id, "delivery assigned");
        (await shop.Service.Client.PostAsync($"/orders/{order.Id}/retry", null)).StatusCode.ShouldBe(HttpStatusCode.Accepted);
        (await village.RiderSaysAsync(order.Id, "picked-up")).EnsureSuccessStatusCode();
        (await village.RiderSaysAsync(order.Id, "delivered")).EnsureSuccessStatusCode();
        await shop.EndsAsync(customer, order.Id, "completed");
        (await Ledger.ChargesAsync(village.PaymentsDatabase, order.Id)).ShouldBe(1);
        await Eventually.Is(async () => await AwaitedAsync() == 0);

        Task<long> AwaitedAsync() => Sql.QueryAsync<long>(village.PaymentsDatabase, "select count(*) from awaited_orders where order_id = $1", order.Id);
    }

    [Theory]
    [InlineData("orchestrated")]
    [InlineData("choreographed")]
    public async Task An_order_is_called_off_with_an_apology(string flow)
    {
        var customer = await village.NewCustomerAsync();
        var order = await village.Shop.OrderAsync(customer, village.Pot, flow, wait: 30);
        using var answer = await village.Shop.Service.Client.PostAsJsonAsync($"/orders/{order.Id}/call-off", new { reason = "the clay is broken" });
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());

        (await village.Shop.EndsAsync(customer, order.Id, "cancelled")).Reason.ShouldBe("the clay is broken");
        await village.Shop.FactsAsync(order.Id);
        village.Shop.Published(order.Id)[^1].Body.GetProperty("apology").GetBoolean().ShouldBeTrue();
        await Eventually.Is(async () => await Ledger.BalanceAsync(village.PaymentsDatabase, order.Id) == 0);
    }

    [Fact]
    public async Task The_audit_sees_every_order_page_by_page_with_what_it_waits_for()
    {
        var shop = village.Shop;
        var customer = await village.NewCustomerAsync();
        List<Guid> placed = [];
        foreach (var flow in new[] { "orchestrated", "choreographed", "orchestrated" }) placed.Add((await shop.OrderAsync(customer, village.Satay, flow, wait: 30)).Id);
        var rejected = await shop.OrderAsync(customer, village.Satay, token: "tok_declined", wait: 30);
        foreach (var order in placed) await shop.SaysAsync(customer, order, "delivery assigned");

        List<JsonElement> seen = [];
        for (var next = ""; next is not null;)
        {
            var page = await shop.Service.Client.GetFromJsonAsync<JsonElement>($"/audit/orders?limit=3{(next == "" ? "" : $"&cursor={next}")}");
            seen.AddRange(page.GetProperty("items").EnumerateArray());
            next = page.GetProperty("next").GetString();
        }
        // Others order there too.
        seen = [.. seen.Where(entry => entry.GetProperty("customerId").GetGuid() == customer.Id)];
        seen.Select(entry => entry.GetProperty("orderId").GetGuid()).ShouldBe([.. placed, rejected.Id]);
        seen[3].GetProperty("waiting").ValueKind.ShouldBe(JsonValueKind.Null);
        var waiting = seen[0].GetProperty("waiting");
        (waiting.GetProperty("step").GetString(), waiting.GetProperty("attempts").GetInt32()).ShouldBe(("deliver", 0));
        waiting.GetProperty("reason").GetString()!.ShouldStartWith("delivery-service: delivery accepted");
        seen[1].GetProperty("waiting").GetProperty("step").GetString().ShouldBe("delivery-picked-up");
        var line = seen[0].GetProperty("lines").EnumerateArray().Single();
        (line.GetProperty("variantId").GetGuid(), line.GetProperty("quantity").GetInt32(), line.GetProperty("kind").GetString()).ShouldBe((village.Satay, 2, "prepared"));
        seen[0].GetProperty("total").GetDecimal().ShouldBe(17.00m);
    }

    [Fact]
    public async Task Plans_and_timelines_of_orders_that_are_over_are_forgotten_after_their_time_and_no_others()
    {
        var shop = await village.Hasty;
        var customer = await village.NewCustomerAsync();
        var over = await shop.OrderAsync(customer, village.Pot, "orchestrated", "tok_declined", wait: 30);
        var open = await shop.OrderAsync(customer, village.Pot, "orchestrated", wait: 30);

        await Eventually.Is(async () => await shop.QueryAsync<long>("select count(*) from plans where order_id = $1", over.Id) == 0);
        await Eventually.Is(async () => await shop.QueryAsync<long>("select count(*) from timeline where order_id = $1", over.Id) == 0);
        (await shop.QueryAsync<long>("select count(*) from plans where order_id = $1", open.Id)).ShouldBe(1);
        (await shop.GetAsync(customer, open.Id)).Timeline!.ShouldNotBeEmpty();

        (await shop.GetAsync(customer, over.Id)).Status.ShouldBe("rejected");
        (await shop.GetAsync(customer, $"/orders/{over.Id}/events")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await shop.CancelAsync(customer, over.Id)).StatusCode.ShouldBe(HttpStatusCode.Conflict);
    }
}
