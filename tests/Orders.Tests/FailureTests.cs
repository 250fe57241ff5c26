using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Kampung.Testing;

namespace Kampung.Orders.Tests;

/// <summary>
/// A shop whose neighbours can be shut away, and whose card network charges a token that times out at once and says so late. Other instances of it lose their
/// orders to this one when they end.
/// </summary>
public sealed class Street(OrderVillage village) : IAsyncLifetime
{
    Door customers = null!, products = null!, payments = null!;
    ServiceProcess slow = null!;

    public Shop Shop { get; private set; } = null!;

    public string PaymentsDatabase { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        PaymentsDatabase = await village.CreateDatabaseAsync("payments");
        slow = await village.StartPaymentsAsync(PaymentsDatabase, new() { ["Sandbox__AnswerTimeout"] = "00:00:02" });
        (customers, products, payments) = (new(village.Customers), new(village.Products), new(slow));
        foreach (var door in new[] { customers, products, payments }) door.Open();
        Shop = await OpenAsync(new() { ["Orders__Lease"] = "00:00:02" });
    }

    /// <summary>One more instance.</summary>
    public Task<Shop> OpenAsync(Dictionary<string, string?> settings)
    {
        settings["Services__customer-service__http__0"] = customers.Address;
        settings["Services__product-service__http__0"] = products.Address;
        settings["Services__payment-service__http__0"] = payments.Address;
        settings.TryAdd("Orders__LongestRetry", "00:00:00.5");
        return village.OpenAsync(settings, Shop?.Database);
    }

    /// <summary>Nothing gets through to a service while something is done.</summary>
    public async Task WithoutAsync(string service, Func<Task> done)
    {
        var door = service switch { "customer-service" => customers, "product-service" => products, _ => payments };
        await door.CloseAsync();
        try
        {
            await done();
        }
        finally
        {
            door.Open();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Shop is not null) await Shop.DisposeAsync();
        foreach (var door in new[] { customers, products, payments })
            if (door is not null) await door.DisposeAsync();
        if (slow is not null) await slow.DisposeAsync();
    }
}

/// <summary>What is broken in an order's way, and what becomes of it.</summary>
public sealed class FailureTests(OrderVillage village, Street street) : IClassFixture<Street>
{
    Shop Shop => street.Shop;

    [Theory]
    [InlineData("customer-service")]
    [InlineData("product-service")]
    public async Task Without_a_service_that_is_needed_an_order_is_503_and_nothing_is_saved(string service)
    {
        var customer = await village.NewCustomerAsync();
        await street.WithoutAsync(service, async () =>
        {
            using var answer = await Shop.PlaceAsync(customer, Shop.Body(customer), "lunch");

            answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            answer.Headers.RetryAfter.ShouldNotBeNull();
            answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
            (await answer.Content.ReadAsStringAsync()).ShouldContain(service);
            (await Shop.SavedAsync(customer)).ShouldBe(0);
        });
    }

    [Fact]
    public async Task An_order_waits_for_payment_service_and_is_confirmed_when_it_is_back()
    {
        var customer = await village.NewCustomerAsync();
        OrderAnswer order = null!;
        await street.WithoutAsync("payment-service", async () =>
        {
            using var accepted = await Shop.PlaceAsync(customer, Shop.Body(customer), wait: 1);
            accepted.StatusCode.ShouldBe(HttpStatusCode.Accepted);
            order = await Shop.ReadAsync(accepted);
            await Eventually.Is(async () => (await Shop.GetAsync(customer, order.Id)).Timeline!.Any(entry => entry is { Who: "payment-service", What: "charge failed", Attempt: >= 2 }));
        });

        await Shop.EndsAsync(customer, order.Id, "confirmed");
        (await Ledger.ChargesAsync(street.PaymentsDatabase, order.Id)).ShouldBe(1);
        (await Shop.FactsAsync(order.Id)).ShouldBe(["order-placed", "order-confirmed"]);
    }

    [Fact]
    public async Task While_payment_service_is_down_cancelling_is_202_and_done_once_it_is_back()
    {
        var customer = await village.NewCustomerAsync();
        var order = await Shop.PlacedAsync(customer, wait: 30);
        await street.WithoutAsync("payment-service", async () =>
        {
            using var answer = await Shop.CancelAsync(customer, order.Id, wait: 1);
            answer.StatusCode.ShouldBe(HttpStatusCode.Accepted);
            (await Ledger.BalanceAsync(street.PaymentsDatabase, order.Id)).ShouldBe(17.00m);
        });

        await Shop.EndsAsync(customer, order.Id, "cancelled");
        (await Ledger.BalanceAsync(street.PaymentsDatabase, order.Id)).ShouldBe(0);
    }

    [Fact]
    public async Task A_plan_that_does_not_come_further_is_shown_with_its_reason_and_tried_again_when_told_to()
    {
        await using var shop = await street.OpenAsync(new() { ["Orders__StuckAfter"] = "00:00:00.3", ["Orders__FirstRetry"] = "01:00:00", ["Orders__LongestRetry"] = "01:00:00" });
        var customer = await village.NewCustomerAsync();
        OrderAnswer order = null!;
        await street.WithoutAsync("payment-service", async () =>
        {
            order = await shop.OrderAsync(customer, village.Pot);

            var stuck = await Eventually.Get(async () =>
                (await shop.StuckAsync()).Single(s => s.GetProperty("orderId").GetGuid() == order.Id && s.GetProperty("attempts").GetInt32() == 1));
            stuck.ShouldSatisfyAllConditions(
                s => s.GetProperty("step").GetString().ShouldBe("charge"),
                s => s.GetProperty("flow").GetString().ShouldBe("orchestrated"),
                s => s.GetProperty("reason").GetString().ShouldBe("payment-service: It does not answer."),
                s => s.GetProperty("nextAttempt").GetDateTimeOffset().ShouldBeGreaterThan(DateTimeOffset.UtcNow.AddMinutes(30)));
        });

        (await shop.Service.Client.PostAsync($"/orders/{order.Id}/retry", null)).StatusCode.ShouldBe(HttpStatusCode.Accepted);
        await shop.EndsAsync(customer, order.Id, "confirmed");
    }

    [Fact]
    public async Task The_orders_of_an_instance_that_stops_while_it_charges_are_finished_by_another_one_which_tells_their_timelines_too()
    {
        // Its lease is of no use to the other one: it must give the orders back itself.
        await using var first = await street.OpenAsync(new() { ["Orders__Lease"] = "00:05:00" });
        var customer = await village.NewCustomerAsync();
        var carried = await first.PlacedAsync(customer);
        using var atFirst = await TimelineStream.OpenAsync(first, customer, carried.Id);
        using var atOther = await TimelineStream.OpenAsync(Shop, customer, carried.Id);
        foreach (var stream in new[] { atFirst, atOther })
        {
            (await stream.ReadAsync()).ShouldBe("placed");
            (await stream.ReadAsync()).ShouldBe("reserved");
            (await stream.ReadAsync()).ShouldBe("charged");
            (await stream.ReadAsync()).ShouldBe("confirmed");
        }
        // The card network charges at once and says so late: the instance ends in between.
        var order = await first.PlacedAsync(customer, "tok_timeout");
        await Eventually.Is(async () => await Ledger.ChargesAsync(street.PaymentsDatabase, order.Id) == 1);

        // A stream is open: that must not keep the process from stopping.
        (await first.Service.StopAsync()).ShouldBe(0);
        (await atFirst.ReadAsync()).ShouldBeNull();

        await IsFinishedAsync(customer, order.Id);
    }

    [Fact]
    public async Task An_instance_that_hangs_past_its_lease_changes_nothing_when_it_wakes_and_one_that_is_killed_loses_nothing()
    {
        await using var hanging = await street.OpenAsync(new() { ["Orders__Lease"] = "00:00:02" });
        var customer = await village.NewCustomerAsync();
        var order = await hanging.PlacedAsync(customer, "tok_timeout");
        await Eventually.Is(async () => await Ledger.ChargesAsync(street.PaymentsDatabase, order.Id) == 1);
        hanging.Service.Pause();

        await Shop.EndsAsync(customer, order.Id, "confirmed");
        hanging.Service.Resume();
        await Eventually.Is(async () => (await hanging.GetAsync(customer, order.Id)).Status == "confirmed");
        await hanging.PlacedAsync(customer, wait: 30); // it works again

        var calls = (await Shop.SaysAsync(customer, order.Id, "delivery accepted")).Timeline!.Where(entry => entry.Step is not null && !entry.What.EndsWith(" failed", StringComparison.Ordinal));
        calls.Select(entry => entry.Step).Except(["prepare"]).ShouldBe(["reserve", "charge", "deliver"]); // the kitchen may tell everybody before its answer is back
        await IsFinishedAsync(customer, order.Id);

        order = await hanging.PlacedAsync(customer, "tok_timeout");
        await Eventually.Is(async () => await Ledger.ChargesAsync(street.PaymentsDatabase, order.Id) == 1);
        await hanging.Service.KillAsync();
        await IsFinishedAsync(customer, order.Id);
    }

    /// <summary>Confirmed and charged once, and everybody was told once.</summary>
    async Task IsFinishedAsync(Customer customer, Guid order)
    {
        await Shop.EndsAsync(customer, order, "confirmed");
        (await Ledger.ChargesAsync(street.PaymentsDatabase, order)).ShouldBe(1);
        (await Shop.FactsAsync(order)).ShouldBe(["order-placed", "order-confirmed"]);
    }
}
