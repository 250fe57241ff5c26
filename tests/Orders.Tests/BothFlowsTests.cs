using System.Net;
using System.Text.Json;
using Kampung.Testing;

namespace Kampung.Orders.Tests;

/// <summary>The same order with a chief and without, at the same stalls, has the same outcome.</summary>
public sealed class BothFlowsTests(OrderVillage village)
{
    Shop Shop => village.Shop;

    const string Orchestrated = "orchestrated", Choreographed = "choreographed";

    [Theory]
    [InlineData(Orchestrated)]
    [InlineData(Choreographed)]
    public async Task An_order_is_confirmed_prepared_delivered_and_completed(string flow)
    {
        var customer = await village.NewCustomerAsync();
        var order = await Shop.OrderAsync(customer, village.Satay, flow, wait: 30);
        (order.Status, order.Flow).ShouldBe(("confirmed", flow));
        await DeliverAsync(order.Id);

        var completed = await Shop.EndsAsync(customer, order.Id, "completed");
        (await Shop.FactsAsync(order.Id)).ShouldBe(["order-placed", "order-confirmed", "order-completed"]);
        foreach (var fact in Shop.Published(order.Id))
        {
            await fact.ShouldKeepItsContract();
            fact.Body.GetProperty("flow").GetString().ShouldBe(flow);
        }
        (await Ledger.BalanceAsync(village.PaymentsDatabase, order.Id)).ShouldBe(17.00m);
        await Eventually.Is(async () => await village.ReservationAsync(order.Id) == "sold");

        completed = await Shop.SaysAsync(customer, order.Id, "delivery completed");
        var facts = completed.Timeline!.Where(entry => entry.Topic is not null).ToList();
        facts.Select(fact => (fact.Who, fact.Topic)).ShouldBe(
            [
                ("inventory-service", "stock-reserved"), ("payment-service", "payment-confirmed"), ("kitchen-service", "ticket-accepted"), ("kitchen-service", "meal-prepared"),
                ("delivery-service", "delivery-assigned"), ("delivery-service", "delivery-picked-up"), ("delivery-service", "delivery-completed"),
            ], ignoreOrder: true);
        facts.ShouldAllBe(fact => fact.EventId != null && fact.TraceId != null);
        facts.Select(fact => fact.EventId).Distinct().Count().ShouldBe(facts.Count);
        (await Shop.QueryAsync<long>("select count(*) from plans where order_id = $1", order.Id)).ShouldBe(flow == Orchestrated ? 1 : 0);
        // A stall that has told everybody before its answer is back has answered nothing new.
        var steps = completed.Timeline!.Select(entry => entry.Step).OfType<string>().ToList();
        steps.Except(["prepare", "deliver"]).ShouldBe(flow == Orchestrated ? ["reserve", "charge"] : []);
    }

    [Fact]
    public async Task Only_where_there_is_no_chief_the_card_is_told_to_everybody()
    {
        var customer = await village.NewCustomerAsync();
        Placed(await Shop.OrderAsync(customer, village.Pot, Orchestrated)).TryGetProperty("paymentToken", out _).ShouldBeFalse();
        var placed = Placed(await Shop.OrderAsync(customer, village.Pot, Choreographed));
        placed.GetProperty("paymentToken").GetString().ShouldBe("tok_visa");
        placed.GetProperty("address").GetProperty("line1").GetString().ShouldBe("12 Jalan Besar");

        JsonElement Placed(OrderAnswer order)
        {
            Shop.FactsAsync(order.Id).GetAwaiter().GetResult();
            return Shop.Published(order.Id)[0].Body;
        }
    }

    [Theory]
    [InlineData(Orchestrated)]
    [InlineData(Choreographed)]
    public async Task What_is_not_in_stock_rejects_the_order_and_nothing_is_charged(string flow)
    {
        var customer = await village.NewCustomerAsync();
        var rare = await village.NewProductAsync("Garden", stock: 1);
        var order = await Shop.OrderAsync(customer, rare.Variant, flow, wait: 30);
        (order.Status, order.Reason).ShouldBe(("rejected", "out of stock"));
        (await Ledger.ChargesAsync(village.PaymentsDatabase, order.Id)).ShouldBe(0);
        (await Shop.FactsAsync(order.Id)).ShouldBe(["order-placed", "order-rejected"]);
    }

    [Theory]
    [InlineData(Orchestrated)]
    [InlineData(Choreographed)]
    public async Task A_declined_card_releases_the_stock(string flow)
    {
        var customer = await village.NewCustomerAsync();
        var order = await Shop.OrderAsync(customer, village.Satay, flow, "tok_declined", wait: 30);
        (order.Status, order.Reason).ShouldBe(("rejected", "payment declined"));
        await Eventually.Is(async () => await village.ReservationAsync(order.Id) == "released");
        (await Shop.FactsAsync(order.Id)).ShouldBe(["order-placed", "order-rejected"]);
        await Shop.Published(order.Id)[^1].ShouldKeepItsContract();
    }

    [Theory]
    [InlineData(Orchestrated)]
    [InlineData(Choreographed)]
    public async Task A_meal_that_is_late_is_cooked_at_another_station(string flow)
    {
        var customer = await village.NewCustomerAsync();
        var dish = await village.NewProductAsync();
        await village.CloseKitchenAsync(dish.Stall);
        var order = await Shop.OrderAsync(customer, dish.Variant, flow);

        await Shop.SaysAsync(customer, order.Id, "ticket overdue");
        await village.OpenStationAsync(dish.Stall, number: 2);
        await Shop.SaysAsync(customer, order.Id, "delivery assigned");
        await Eventually.Is(async () => (await Shop.GetAsync(customer, order.Id)).Timeline!.Count(entry => entry.Topic is "ticket-overdue" or "ticket-accepted") == 4);
        var told = (await Shop.GetAsync(customer, order.Id)).Timeline!;
        if (flow == Orchestrated) told.Where(entry => entry.Step == "prepare").Select(entry => entry.What).Take(2).ShouldBe(["cooking", "nudged"]);
        await DeliverAsync(order.Id);
        await Shop.EndsAsync(customer, order.Id, "completed");
    }

    [Theory]
    [InlineData(Orchestrated)]
    [InlineData(Choreographed)]
    public async Task A_meal_that_nobody_cooks_is_given_back_with_an_apology(string flow)
    {
        var customer = await village.NewCustomerAsync();
        var dish = await village.NewProductAsync();
        await village.CloseKitchenAsync(dish.Stall);
        var order = await Shop.OrderAsync(customer, dish.Variant, flow);

        (await Shop.EndsAsync(customer, order.Id, "cancelled")).Reason.ShouldBe("no kitchen could prepare it");
        await IsUndoneAsync(order.Id);
        await IsCancelledAsync(order.Id, apology: true);
    }

    [Theory]
    [InlineData(Orchestrated)]
    [InlineData(Choreographed)]
    public async Task When_a_rider_fails_another_one_comes_and_when_none_is_left_the_order_is_given_back(string flow)
    {
        var customer = await village.NewCustomerAsync();
        var order = await Shop.OrderAsync(customer, village.Pot, flow);
        (await village.RiderSaysAsync(order.Id, "failed")).EnsureSuccessStatusCode();
        await Eventually.Is(async () => (await Shop.GetAsync(customer, order.Id)).Timeline!.Count(entry => entry.Topic == "delivery-assigned") == 2);
        var riders = (await Shop.GetAsync(customer, order.Id)).Timeline!.Where(entry => entry.Topic == "delivery-assigned").Select(entry => entry.Detail);
        riders.Distinct().Count().ShouldBe(2);

        (await village.RiderSaysAsync(order.Id, "failed")).EnsureSuccessStatusCode();
        (await Shop.EndsAsync(customer, order.Id, "cancelled")).Reason.ShouldBe("no rider could deliver it");
        await IsUndoneAsync(order.Id);
        await IsCancelledAsync(order.Id, apology: true);
    }

    [Theory]
    [InlineData(Orchestrated)]
    [InlineData(Choreographed)]
    public async Task Until_pick_up_it_can_be_cancelled_and_is_undone(string flow)
    {
        var customer = await village.NewCustomerAsync();
        var order = await Shop.OrderAsync(customer, village.Satay, flow);
        await Shop.SaysAsync(customer, order.Id, "delivery assigned");
        using var answer = await Shop.CancelAsync(customer, order.Id);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        (await Shop.ReadAsync(answer)).ShouldSatisfyAllConditions(o => o.Status.ShouldBe("cancelled"), o => o.CancelRequested.ShouldBeFalse());
        await IsUndoneAsync(order.Id);
        await Eventually.Is(async () => await village.DeliveryStatusAsync(order.Id) == "Cancelled");
        await IsCancelledAsync(order.Id, apology: false);
    }

    [Theory]
    [InlineData(Orchestrated)]
    [InlineData(Choreographed)]
    public async Task From_pick_up_on_it_cannot_be_cancelled_and_is_completed(string flow)
    {
        var customer = await village.NewCustomerAsync();
        var order = await Shop.OrderAsync(customer, village.Satay, flow);
        (await village.RiderSaysAsync(order.Id, "picked-up")).EnsureSuccessStatusCode();
        await Shop.SaysAsync(customer, order.Id, "delivery picked up");

        using var answer = await Shop.CancelAsync(customer, order.Id);
        answer.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("order-not-cancellable");
        (await village.RiderSaysAsync(order.Id, "delivered")).EnsureSuccessStatusCode();
        await Shop.EndsAsync(customer, order.Id, "completed");
    }

    [Theory]
    [InlineData(Orchestrated)]
    [InlineData(Choreographed)]
    public async Task Cancelling_while_the_rider_picks_up_has_one_outcome(string flow)
    {
        var customer = await village.NewCustomerAsync();
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 16).Select(async i =>
        {
            var order = await Shop.OrderAsync(customer, i % 2 == 0 ? village.Satay : village.Pot, flow);
            await Eventually.Is(async () => await village.DeliveryStatusAsync(order.Id) == "Assigned");
            var (cancelling, pickingUp) = (Shop.CancelAsync(customer, order.Id), village.RiderSaysAsync(order.Id, "picked-up"));
            var isPickedUp = (await pickingUp).IsSuccessStatusCode;
            using var answer = await cancelling;
            answer.StatusCode.ShouldBe(isPickedUp ? HttpStatusCode.Conflict : HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
            if (isPickedUp) (await village.RiderSaysAsync(order.Id, "delivered")).EnsureSuccessStatusCode();
            return (order.Id, isPickedUp);
        }));

        foreach (var (order, isPickedUp) in outcomes) await Shop.EndsAsync(customer, order, isPickedUp ? "completed" : "cancelled");
        var facts = await Shop.FactsAsync([.. outcomes.Select(outcome => outcome.Id)]);
        foreach (var (order, isPickedUp) in outcomes)
        {
            facts[order].Count(fact => fact is "order-completed" or "order-cancelled" or "order-rejected").ShouldBe(1);
            await Eventually.Is(async () => await Ledger.BalanceAsync(village.PaymentsDatabase, order) == (isPickedUp ? 17.00m : 0));
        }
    }

    [Theory]
    [InlineData(Orchestrated)]
    [InlineData(Choreographed)]
    public async Task Cancelling_at_any_moment_has_one_outcome(string flow)
    {
        var customer = await village.NewCustomerAsync();
        var orders = await Task.WhenAll(Enumerable.Range(0, 24).Select(async i =>
        {
            var order = await Shop.OrderAsync(customer, village.Satay, flow, i % 3 == 0 ? "tok_declined" : "tok_visa");
            await Task.Delay(i % 12 * 10);
            using var answer = await Shop.CancelAsync(customer, order.Id);
            return (order.Id, answer.StatusCode);
        }));

        foreach (var (order, answered) in orders)
        {
            var isCancelled = answered == HttpStatusCode.OK;
            await Shop.EndsAsync(customer, order, isCancelled ? "cancelled" : "rejected");
            await IsUndoneAsync(order);
        }
        var facts = await Shop.FactsAsync([.. orders.Select(order => order.Id)]);
        foreach (var (order, _) in orders) facts[order].Count(fact => fact is "order-completed" or "order-cancelled" or "order-rejected").ShouldBe(1);
    }

    [Fact]
    public async Task A_fact_that_is_told_twice_is_noted_once()
    {
        var customer = await village.NewCustomerAsync();
        var order = await Shop.OrderAsync(customer, village.Pot, Choreographed);
        await Shop.SaysAsync(customer, order.Id, "delivery assigned");
        using var publisher = village.Publisher();
        var id = Guid.CreateVersion7();
        object body = new { orderId = order.Id, customerId = customer.Id, flow = Choreographed, lines = Array.Empty<object>(), reason = "again" };
        for (var i = 0; i < 3; i++) await publisher.Publishes("stock-released", order.Id, body, id);
        await publisher.Publishes("stock-released", order.Id, body);

        await Eventually.Is(async () => (await Shop.GetAsync(customer, order.Id)).Timeline!.Count(entry => entry.Topic == "stock-released") == 2);
        (await Shop.GetAsync(customer, order.Id)).Timeline!.Count(entry => entry.EventId == id).ShouldBe(1);
    }

    [Fact]
    public async Task Where_the_village_has_no_chief_an_order_has_none_unless_it_asks_for_one()
    {
        var shop = await village.Hasty;
        var customer = await village.NewCustomerAsync();
        (await shop.OrderAsync(customer, village.Pot)).Flow.ShouldBe(Choreographed);
        (await shop.OrderAsync(customer, village.Pot, Orchestrated)).Flow.ShouldBe(Orchestrated);
    }

    [Fact]
    public async Task Stalls_that_are_done_at_once_complete_the_order_in_the_chiefs_calls()
    {
        await using var delivery = await village.StartQuickDeliveryAsync();
        await using var shop = await village.OpenAsync(new() { ["Services__delivery-service__http__0"] = OrderVillage.Address(delivery) });
        var customer = await village.NewCustomerAsync();
        var orders = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => shop.OrderAsync(customer, i % 2 == 0 ? village.Satay : village.Pot)));
        foreach (var order in orders) await shop.EndsAsync(customer, order.Id, "completed");
        var facts = await shop.FactsAsync([.. orders.Select(order => order.Id)]);
        foreach (var order in orders) facts[order.Id].ShouldBe(["order-placed", "order-confirmed", "order-completed"]);
    }

    [Fact]
    public async Task An_order_service_that_hears_nothing_asks_again_and_loses_no_order()
    {
        await using var shop = await village.OpenAsync(new() { ["Kafka__BootstrapServers"] = OrderVillage.NoBroker, ["Orders__AskAgain"] = "00:00:00.2" });
        var customer = await village.NewCustomerAsync();
        var order = await shop.OrderAsync(customer, village.Satay, wait: 30);
        (await village.RiderSaysAsync(order.Id, "picked-up")).EnsureSuccessStatusCode();

        // It does not know of the pick-up: delivery-service does, and then nothing is undone.
        using var answer = await shop.CancelAsync(customer, order.Id);
        answer.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("has picked it up");
        (await shop.GetAsync(customer, order.Id)).ShouldSatisfyAllConditions(
            o => o.Status.ShouldBe("confirmed"), o => o.CancelRequested.ShouldBeFalse(), o => o.Timeline!.ShouldContain(entry => entry.What == "cancel refused"));
        (await Ledger.BalanceAsync(village.PaymentsDatabase, order.Id)).ShouldBe(17.00m);

        (await village.RiderSaysAsync(order.Id, "delivered")).EnsureSuccessStatusCode();
        await shop.EndsAsync(customer, order.Id, "completed");
    }

    async Task DeliverAsync(Guid order)
    {
        (await village.RiderSaysAsync(order, "picked-up")).EnsureSuccessStatusCode();
        (await village.RiderSaysAsync(order, "delivered")).EnsureSuccessStatusCode();
    }

    /// <summary>No money, no stock.</summary>
    async Task IsUndoneAsync(Guid order)
    {
        await Eventually.Is(async () => await Ledger.BalanceAsync(village.PaymentsDatabase, order) == 0);
        await Eventually.Is(async () => await village.ReservationAsync(order) == "released");
    }

    async Task IsCancelledAsync(Guid order, bool apology)
    {
        (await Shop.FactsAsync(order)).Count(fact => fact is "order-completed" or "order-cancelled" or "order-rejected").ShouldBe(1);
        var cancelled = Shop.Published(order)[^1];
        await cancelled.ShouldKeepItsContract();
        cancelled.Headers["ce_type"].ShouldBe("kampung.order-cancelled.v1");
        cancelled.Body.GetProperty("apology").GetBoolean().ShouldBe(apology);
    }
}
