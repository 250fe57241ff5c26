using Kampung.Testing;

namespace Kampung.Delivery.Tests;

/// <summary>What the passing of time does, and a crash while it passes.</summary>
public sealed class TimeTests(DeliveryVillage village)
{
    [Fact]
    public async Task Without_times_an_order_is_delivered_in_the_answer_and_what_ended_is_forgotten_in_time()
    {
        await using var deliveries = await village.StartAsync(new()
        {
            ["Delivery__PickUpTime"] = "00:00:00", ["Delivery__TravelTime"] = "00:00:00", ["Delivery__DeliveriesKept"] = "00:00:02", ["Delivery__Sweep"] = "00:00:00.2",
        });
        var (led, unled, held) = (Order.New(), Order.New(), Order.New());
        (await deliveries.DeliverAsync(led)).ShouldSatisfyAllConditions(d => d.Status.ShouldBe("delivered"), d => d.DeliveredAt.ShouldBe(d.AssignedAt));
        await deliveries.HeardAsync(await deliveries.PlacedAsync(held, prepared: true), await deliveries.PaidAsync(unled), await deliveries.PlacedAsync(unled, prepared: false));
        (await deliveries.SaidAsync(led.OrderId)).ShouldBe(DeliveryService.Delivered);
        (await deliveries.SaidAsync(unled.OrderId)).ShouldBe(DeliveryService.Delivered);
        var audit = await deliveries.GetAsync<AuditPage>("/audit/deliveries");
        audit.Items.ShouldContain(new AuditEntry(held.OrderId, "held"));
        audit.KeptSince.ShouldBeInRange(DateTimeOffset.UtcNow - TimeSpan.FromMinutes(1), DateTimeOffset.UtcNow - TimeSpan.FromSeconds(2));

        await Eventually.Is(async () => await deliveries.QueryAsync<long>("select count(*) from deliveries") == 1);
        (await deliveries.FindAsync(held)).Status.ShouldBe("held");
    }

    sealed record AuditEntry(Guid OrderId, string Status);

    sealed record AuditPage(IReadOnlyList<AuditEntry> Items, DateTimeOffset KeptSince);

    [Fact]
    public async Task Nobody_leads_so_a_rider_who_does_not_come_is_replaced_until_all_attempts_are_used_up()
    {
        await using var deliveries = await village.StartAsync(new() { ["Delivery__ByHand"] = "true", ["Delivery__PickUpWithin"] = "00:00:00.2" });
        var order = Order.New();
        await deliveries.PlacedAsync(order, prepared: false);
        await deliveries.PaidAsync(order);
        var failures = await deliveries.EventsAsync("delivery-failed", order.OrderId, 3);
        failures.Select(fact => (fact.GetProperty("attempt").GetInt32(), fact.GetProperty("exhausted").GetBoolean())).ShouldBe([(1, false), (2, false), (3, true)]);
        failures.ShouldAllBe(fact => fact.GetProperty("reason").GetString() == "The rider did not come.");
        (await deliveries.EventsAsync("delivery-assigned", order.OrderId, 3)).Select(fact => fact.GetProperty("rider").GetProperty("name").GetString()).Order()
            .ShouldBe(DeliveryService.Riders);
        (await deliveries.SaidAsync(order.OrderId)).ShouldBe("delivery-assigned 3, delivery-failed 3");
        (await deliveries.CancelAsync(order)).Status.ShouldBe("cancelled");
    }

    [Fact]
    public async Task What_was_on_the_road_when_its_instance_was_killed_arrives()
    {
        await using var deliveries = await village.StartAsync(new() { ["Delivery__PickUpTime"] = "01:00:00" });
        var orders = Enumerable.Range(0, 10).Select(_ => Order.New()).ToList();
        await Task.WhenAll(orders.Select(order => deliveries.DeliverAsync(order)));
        foreach (var order in orders) await Eventually.Is(async () => (await deliveries.FindAsync(order)).Status != "waiting");
        await deliveries.Instances[0].KillAsync();
        // An hour later.
        (await deliveries.QueryAsync<long>("with due as (update deliveries set wake_at = now() where status = 'Assigned' returning 1) select count(*) from due")).ShouldBe(10);

        await deliveries.StartInstanceAsync();
        foreach (var order in orders)
        {
            await deliveries.StatusAsync(order, "delivered");
            (await deliveries.SaidAsync(order.OrderId)).ShouldBe(DeliveryService.Delivered);
        }
    }
}
