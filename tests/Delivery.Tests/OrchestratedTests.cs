using System.Net;
using Kampung.Testing;

namespace Kampung.Delivery.Tests;

/// <summary>The chief asks, riders ride.</summary>
public sealed class OrchestratedTests(DeliveryVillage village)
{
    DeliveryService Deliveries => village.Deliveries;

    [Fact]
    public async Task A_rider_is_assigned_picks_up_and_arrives()
    {
        var order = Order.New();
        var asked = await Deliveries.DeliverAsync(order);
        asked.ShouldSatisfyAllConditions(d => d.Status.ShouldBe("waiting"), d => d.Attempt.ShouldBe(1), d => d.CustomerId.ShouldBe(order.CustomerId));

        var delivered = await Deliveries.StatusAsync(order, "delivered");
        DeliveryService.Riders.ShouldContain(delivered.Rider!.Name);
        (delivered.PickedUpAt - delivered.AssignedAt).ShouldNotBeNull().ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(0.1));
        (delivered.DeliveredAt - delivered.PickedUpAt).ShouldNotBeNull().ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(0.1));
        foreach (var topic in new[] { "delivery-assigned", "delivery-picked-up", "delivery-completed" })
        {
            var fact = (await Deliveries.EventsAsync(topic, order.OrderId)).ShouldHaveSingleItem();
            fact.GetProperty("deliveryId").GetGuid().ShouldBe(asked.Id);
            fact.GetProperty("flow").GetString().ShouldBe("orchestrated");
            fact.GetProperty("rider").GetProperty("id").GetGuid().ShouldBe(delivered.Rider.Id);
        }
        (await Deliveries.SaidAsync(order.OrderId)).ShouldBe(DeliveryService.Delivered);
    }

    [Fact]
    public async Task Asked_twenty_times_at_once_an_order_is_delivered_once()
    {
        var order = Order.New();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Deliveries.DeliverAsync(order)));
        answers.Select(answer => answer.Id).Distinct().ShouldHaveSingleItem();
        await Deliveries.StatusAsync(order, "delivered");
        (await Deliveries.DeliverAsync(order)).Status.ShouldBe("delivered");
        (await Deliveries.SaidAsync(order.OrderId)).ShouldBe(DeliveryService.Delivered);
    }

    [Fact]
    public async Task What_is_called_off_before_it_is_asked_for_is_never_delivered()
    {
        var order = Order.New();
        for (var i = 0; i < 2; i++) (await Deliveries.CancelAsync(order)).Status.ShouldBe("cancelled");
        (await Deliveries.DeliverAsync(order)).Status.ShouldBe("cancelled");
        (await Deliveries.SaidAsync(order.OrderId)).ShouldBe("");
    }

    [Fact]
    public async Task What_was_picked_up_cannot_be_called_off()
    {
        var order = Order.New();
        await Deliveries.DeliverAsync(order);
        var delivered = await Deliveries.StatusAsync(order, "delivered");
        var refusal = await (await Deliveries.PostAsync("/deliveries/cancel", new { order.OrderId })).ShouldBeProblem(409, "already-picked-up");
        refusal.GetProperty("detail").GetString()!.ShouldContain(delivered.Rider!.Name);
        (await Deliveries.SaidAsync(order.OrderId)).ShouldBe(DeliveryService.Delivered);
    }

    [Fact]
    public async Task Picking_up_and_calling_off_at_the_same_time_ends_in_exactly_one()
    {
        var orders = Enumerable.Range(0, 60).Select(_ => Order.New()).ToList();
        var (cancelled, pickedUp) = (0, 0);
        await Parallel.ForEachAsync(orders.Index(), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (item, ct) =>
        {
            var (i, order) = item;
            // A third of them while they are asked for, a third at whatever moment around the pick-up, a third after it.
            var asking = Deliveries.DeliverAsync(order);
            if (i % 3 > 0) await asking;
            if (i % 3 == 1) await Task.Delay(80 + i % 40, ct);
            if (i % 3 == 2) await Eventually.Is(async () => (await Deliveries.FindAsync(order)).Status is "pickedUp" or "delivered");
            var answer = await Deliveries.PostAsync("/deliveries/cancel", new { order.OrderId });
            Interlocked.Increment(ref answer.StatusCode == HttpStatusCode.OK ? ref cancelled : ref pickedUp);
            answer.StatusCode.ShouldBeOneOf(HttpStatusCode.OK, HttpStatusCode.Conflict);
            await asking;
            await Deliveries.StatusAsync(order, answer.StatusCode == HttpStatusCode.OK ? "cancelled" : "delivered");
        });
        foreach (var order in orders)
            (await Deliveries.SaidAsync(order.OrderId)).ShouldBeOneOf(DeliveryService.Delivered, "delivery-assigned 1, delivery-cancelled 1", "delivery-cancelled 1", "");
        (cancelled, pickedUp).ShouldSatisfyAllConditions(() => cancelled.ShouldBeGreaterThan(0), () => pickedUp.ShouldBeGreaterThanOrEqualTo(20));
    }

    [Fact]
    public async Task The_chief_s_orders_are_not_begun_or_ended_by_events()
    {
        var order = Order.New();
        await Deliveries.HeardAsync(
            await Deliveries.PlacedAsync(order, prepared: true, "orchestrated"), await Deliveries.PaidAsync(order, "orchestrated"),
            await Deliveries.PreparedAsync(order, 0, "orchestrated"), await Deliveries.EndedAsync("order-rejected", order, "orchestrated"));
        (await Deliveries.QueryAsync<long>("select count(*) from deliveries where order_id = $1", order.OrderId)).ShouldBe(0);
        (await Deliveries.DeliverAsync(order)).Status.ShouldNotBe("cancelled");
    }

    [Fact]
    public async Task Nothing_is_known_of_an_order_that_nobody_asked_for()
    {
        await (await Deliveries.PostAsync("/deliveries/reassign", new { orderId = Guid.NewGuid(), attempt = 1 })).ShouldBeProblem(404);
        foreach (var report in new[] { "picked-up", "delivered" })
            await (await Deliveries.PostAsync($"/deliveries/{Guid.NewGuid()}/{report}")).ShouldBeProblem(404);
        await (await Deliveries.PostAsync($"/deliveries/{Guid.NewGuid()}/failed", new { reason = "rain" })).ShouldBeProblem(404);
        foreach (var duty in new[] { "on-duty", "off-duty" })
            await (await Deliveries.PostAsync($"/riders/{Guid.NewGuid()}/{duty}")).ShouldBeProblem(404);
    }

    [Fact]
    public Task The_API_is_what_was_promised() => Deliveries.Instances[0].ShouldKeepItsContract("delivery-service");
}
