using System.Net;
using Kampung.Testing;

namespace Kampung.Orders.Tests;

/// <summary>What is broken in an order's way, and what becomes of it.</summary>
public sealed class FailureTests(OrderVillage village)
{
    [Theory]
    [InlineData("customer-service")]
    [InlineData("product-service")]
    public async Task Without_a_service_that_is_needed_an_order_is_503_and_nothing_is_saved(string service)
    {
        await using var shop = await village.OpenAsync(new() { [$"Services__{service}__http__0"] = $"http://127.0.0.1:{FreePort.Next()}" });
        var customer = await village.NewCustomerAsync();
        using var answer = await shop.PlaceAsync(customer, shop.Body(customer), "lunch");

        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        answer.Headers.RetryAfter.ShouldNotBeNull();
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        (await answer.Content.ReadAsStringAsync()).ShouldContain(service);
        (await shop.SavedAsync(customer)).ShouldBe(0);
    }

    [Fact]
    public async Task An_order_waits_for_payment_service_and_is_confirmed_when_it_is_back()
    {
        var port = FreePort.Next();
        var database = await village.CreateDatabaseAsync("payments");
        await using var shop = await village.OpenAsync(new() { ["Services__payment-service__http__0"] = $"http://127.0.0.1:{port}", ["Orders__LongestRetry"] = "00:00:00.5" });
        var customer = await village.NewCustomerAsync();
        using var accepted = await shop.PlaceAsync(customer, shop.Body(customer), wait: 1);
        accepted.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        var order = await Shop.ReadAsync(accepted);
        await Eventually.Is(async () => (await shop.GetAsync(customer, order.Id)).Timeline!.Any(entry => entry is { Who: "payment-service", What: "charge failed", Attempt: >= 2 }));

        await using var payments = await village.StartPaymentsAsync(database, new() { ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}" });
        await shop.EndsAsync(customer, order.Id, "confirmed");
        (await Ledger.ChargesAsync(database, order.Id)).ShouldBe(1);
        (await shop.FactsAsync(order.Id)).ShouldBe(["order-placed", "order-confirmed"]);
    }

    [Theory]
    [InlineData("killed")]
    [InlineData("stopped")]
    public async Task The_orders_of_an_instance_that_ends_while_it_charges_are_finished_by_another_one(string how)
    {
        // The card network charges at once and says so late: the first instance ends in between.
        var database = await village.CreateDatabaseAsync("payments");
        await using var payments = await village.StartPaymentsAsync(database, new() { ["Sandbox__AnswerTimeout"] = "00:00:02" });
        Dictionary<string, string?> settings = new()
        {
            ["Services__payment-service__http__0"] = OrderVillage.Address(payments),
            ["Orders__Lease"] = how == "killed" ? "00:00:02" : "00:05:00",
        };
        await using var first = await village.OpenAsync(settings);
        var customer = await village.NewCustomerAsync();
        var order = await first.PlacedAsync(customer, "tok_timeout");
        await Eventually.Is(async () => await Ledger.ChargesAsync(database, order.Id) == 1);

        await using var second = await village.OpenAsync(settings, first.Database);
        if (how == "killed") await first.Service.KillAsync();
        else (await first.Service.StopAsync()).ShouldBe(0);

        await second.EndsAsync(customer, order.Id, "confirmed");
        (await Ledger.ChargesAsync(database, order.Id)).ShouldBe(1);
        (await second.FactsAsync(order.Id)).ShouldBe(["order-placed", "order-confirmed"]);
    }

    [Fact]
    public async Task An_instance_that_hangs_past_its_lease_changes_nothing_when_it_wakes()
    {
        var database = await village.CreateDatabaseAsync("payments");
        await using var payments = await village.StartPaymentsAsync(database, new() { ["Sandbox__AnswerTimeout"] = "00:00:01" });
        Dictionary<string, string?> settings = new()
        {
            ["Services__payment-service__http__0"] = OrderVillage.Address(payments),
            ["Orders__Lease"] = "00:00:01",
        };
        await using var hanging = await village.OpenAsync(settings);
        await using var other = await village.OpenAsync(settings, hanging.Database);
        var customer = await village.NewCustomerAsync();
        var order = await hanging.PlacedAsync(customer, "tok_timeout");
        await Eventually.Is(async () => await Ledger.ChargesAsync(database, order.Id) == 1);
        hanging.Service.Pause();

        await other.EndsAsync(customer, order.Id, "confirmed");
        hanging.Service.Resume();
        await Eventually.Is(async () => (await hanging.GetAsync(customer, order.Id)).Status == "confirmed");
        await hanging.PlacedAsync(customer, wait: 30); // it works again

        var calls = (await other.SaysAsync(customer, order.Id, "delivery accepted")).Timeline!.Where(entry => entry.Step is not null && !entry.What.EndsWith(" failed", StringComparison.Ordinal));
        calls.Select(entry => entry.Step).Except(["prepare"]).ShouldBe(["reserve", "charge", "deliver"]); // the kitchen may tell everybody before its answer is back
        (await other.FactsAsync(order.Id)).ShouldBe(["order-placed", "order-confirmed"]);
        (await Ledger.ChargesAsync(database, order.Id)).ShouldBe(1);
    }
}
