using Kampung.Testing;

namespace Kampung.Delivery.Tests;

/// <summary>Nobody asks: delivery-service hears that an order was placed, paid and cooked, or that it is wanted back, in any order and as often as it comes.</summary>
public sealed class ChoreographedTests(DeliveryVillage village)
{
    DeliveryService Deliveries => village.Deliveries;

    [Fact]
    public async Task What_needs_no_kitchen_is_delivered_when_it_is_paid()
    {
        var order = Order.New();
        await Deliveries.HeardAsync(await Deliveries.PlacedAsync(order, prepared: false));
        (await Deliveries.FindAsync(order)).Status.ShouldBe("held");
        await Deliveries.PaidAsync(order);
        await Deliveries.StatusAsync(order, "delivered");
        (await Deliveries.SaidAsync(order.OrderId)).ShouldBe(DeliveryService.Delivered);
        (await Deliveries.EventsAsync("delivery-completed", order.OrderId))[0].GetProperty("flow").GetString().ShouldBe("choreographed");
    }

    [Fact]
    public async Task What_is_cooked_is_delivered_when_its_last_meal_is_ready()
    {
        var order = Order.New();
        await Deliveries.HeardAsync(await Deliveries.PlacedAsync(order, prepared: true), await Deliveries.PaidAsync(order), await Deliveries.PreparedAsync(order, remaining: 1));
        (await Deliveries.FindAsync(order)).Status.ShouldBe("held");
        await Deliveries.PreparedAsync(order, remaining: 0);
        await Deliveries.StatusAsync(order, "delivered");
        (await Deliveries.SaidAsync(order.OrderId)).ShouldBe(DeliveryService.Delivered);
    }

    [Fact]
    public async Task Reversed_and_doubled_events_deliver_once()
    {
        List<(Order Order, Guid[] Events)> all = [];
        foreach (var i in Enumerable.Range(0, 20))
        {
            var (order, prepared) = (Order.New(), i % 2 == 0);
            var ids = Enumerable.Range(0, 3).Select(_ => Guid.CreateVersion7()).ToArray();
            for (var again = 0; again < 2; again++)
            {
                if (prepared) await Deliveries.PreparedAsync(order, 0, id: ids[0]);
                await Deliveries.PaidAsync(order, id: ids[1]);
                await Deliveries.PlacedAsync(order, prepared, id: ids[2]);
            }
            all.Add((order, [.. ids.Skip(prepared ? 0 : 1), await Deliveries.PaidAsync(order)]));
        }
        await Deliveries.HeardAsync([.. all.SelectMany(one => one.Events)]);
        foreach (var (order, _) in all)
        {
            await Deliveries.StatusAsync(order, "delivered");
            (await Deliveries.SaidAsync(order.OrderId)).ShouldBe(DeliveryService.Delivered);
        }
    }

    [Fact]
    public async Task Where_it_is_is_said_anew_when_the_order_is_placed_anew_or_wanted_back_too_late()
    {
        var order = Order.New();
        await Deliveries.HeardAsync(await Deliveries.PlacedAsync(order, prepared: false));
        await Deliveries.HeardAsync(await Deliveries.PlacedAsync(order, prepared: false));
        (await Deliveries.SaidAsync(order.OrderId)).ShouldBe("");
        await Deliveries.PaidAsync(order);
        await Deliveries.StatusAsync(order, "delivered");
        await Deliveries.HeardAsync(await Deliveries.PlacedAsync(order, prepared: false), await Deliveries.CancelRequestedAsync(order));
        (await Deliveries.SaidAsync(order.OrderId)).ShouldBe("delivery-assigned 1, delivery-picked-up 1, delivery-completed 3");
        (await Deliveries.EventsAsync("delivery-picked-up", order.OrderId))[0].GetProperty("attempt").GetInt32().ShouldBe(1);
    }

    [Fact]
    public async Task Wanted_back_before_a_rider_has_it_an_order_is_not_delivered_and_that_is_said_as_often_as_it_is_asked()
    {
        var order = Order.New();
        await Deliveries.HeardAsync(await Deliveries.PlacedAsync(order, prepared: true));
        await Deliveries.HeardAsync(await Deliveries.CancelRequestedAsync(order), await Deliveries.CancelRequestedAsync(order));
        await Deliveries.HeardAsync(await Deliveries.PreparedAsync(order, 0), await Deliveries.EndedAsync("order-cancelled", order));
        (await Deliveries.FindAsync(order)).Status.ShouldBe("cancelled");
        (await Deliveries.EventsAsync("delivery-cancelled", order.OrderId, 2)).ShouldAllBe(said => said.GetProperty("reason").GetString() == "changed my mind");
        (await Deliveries.SaidAsync(order.OrderId)).ShouldBe("delivery-cancelled 2");
    }

    [Fact]
    public async Task Wanted_back_before_it_is_known_an_order_is_never_delivered_and_the_customer_is_answered()
    {
        var order = Order.New();
        await Deliveries.HeardAsync(await Deliveries.CancelRequestedAsync(order));
        await Deliveries.HeardAsync(await Deliveries.PlacedAsync(order, prepared: false), await Deliveries.PaidAsync(order));
        (await Deliveries.FindAsync(order)).Status.ShouldBe("cancelled");
        var answer = (await Deliveries.EventsAsync("delivery-cancelled", order.OrderId)).ShouldHaveSingleItem();
        answer.GetProperty("customerId").GetGuid().ShouldBe(order.CustomerId);
        answer.GetProperty("flow").GetString().ShouldBe("choreographed");
        (await Deliveries.SaidAsync(order.OrderId)).ShouldBe("delivery-cancelled 1");
    }

    [Theory]
    [InlineData("order-rejected")]
    [InlineData("order-cancelled")]
    public async Task What_is_over_is_never_delivered(string topic)
    {
        var (unknown, held) = (Order.New(), Order.New());
        await Deliveries.HeardAsync(await Deliveries.PlacedAsync(held, prepared: false), await Deliveries.EndedAsync(topic, unknown));
        await Deliveries.HeardAsync(await Deliveries.EndedAsync(topic, held), await Deliveries.PlacedAsync(unknown, prepared: false));
        await Deliveries.HeardAsync(await Deliveries.PaidAsync(held), await Deliveries.PaidAsync(unknown));
        (await Deliveries.FindAsync(held)).Status.ShouldBe("cancelled");
        (await Deliveries.FindAsync(unknown)).Status.ShouldBe("cancelled");
        (await Deliveries.SaidAsync(held.OrderId)).ShouldBe("delivery-cancelled 1");
        (await Deliveries.SaidAsync(unknown.OrderId)).ShouldBe("");
    }

    [Fact]
    public async Task Wanted_back_around_the_time_of_its_pick_up_an_order_is_delivered_or_called_off_never_both()
    {
        var (cancelled, delivered) = (0, 0);
        await Parallel.ForEachAsync(Enumerable.Range(0, 60), new ParallelOptions { MaxDegreeOfParallelism = 12 }, async (i, ct) =>
        {
            var order = Order.New();
            await Deliveries.HeardAsync(await Deliveries.PlacedAsync(order, prepared: true));
            // A third of them before the pick-up, a third at whatever moment around it, a third after it.
            if (i % 3 == 0) await Deliveries.HeardAsync(await Deliveries.CancelRequestedAsync(order));
            await Deliveries.PreparedAsync(order, 0);
            if (i % 3 == 1)
            {
                await Eventually.Is(async () => (await Deliveries.FindAsync(order)).Status != "held");
                await Task.Delay(i, ct);
            }
            if (i % 3 == 2) await Eventually.Is(async () => (await Deliveries.FindAsync(order)).Status is "pickedUp" or "delivered");
            await Deliveries.HeardAsync(await Deliveries.CancelRequestedAsync(order));
            var end = await Eventually.Get(async () => await Deliveries.FindAsync(order) is { Status: "delivered" or "cancelled" } d ? d.Status : null!);
            Interlocked.Increment(ref end == "cancelled" ? ref cancelled : ref delivered);
            // Whoever wants it back is told where it is, also when that was said before.
            var said = await Deliveries.SaidAsync(order.OrderId);
            if (end == "delivered") said.ShouldSatisfyAllConditions(() => said.ShouldStartWith("delivery-assigned 1, delivery-picked-up"), () => said.ShouldNotContain("cancelled"));
            else said.ShouldSatisfyAllConditions(() => said.ShouldContain("delivery-cancelled"), () => said.ShouldNotContain("picked-up"));
        });
        (cancelled, delivered).ShouldSatisfyAllConditions(() => cancelled.ShouldBeGreaterThanOrEqualTo(20), () => delivered.ShouldBeGreaterThanOrEqualTo(20));
    }
}
