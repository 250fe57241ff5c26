using Kampung.Testing;

namespace Kampung.Kitchen.Tests;

/// <summary>Nobody asks: the kitchens hear that an order was placed and that it was paid, in any order and as often as it comes.</summary>
public sealed class ChoreographedTests(KitchenVillage village)
{
    const string Cooked = "ticket-accepted 1, meal-prepared 1";

    KitchenService Kitchen => village.Kitchen;

    [Fact]
    public async Task A_placed_order_is_held_until_it_is_paid()
    {
        var order = KitchenService.NewOrder(KitchenService.NewStall());
        order = order with { Lines = [.. order.Lines, new("Flower pot", null, "Pots", 1, "stocked")] };
        await Kitchen.HeardAsync(await Kitchen.PlacedAsync(order));
        (await Kitchen.TicketsAsync(order)).ShouldHaveSingleItem().ShouldSatisfyAllConditions(t => t.Status.ShouldBe("held"), t => t.Station.ShouldBeNull());
        await (await Kitchen.PostAsync($"/kitchen/tickets/{(await Kitchen.TicketsAsync(order))[0].Id}/ready")).ShouldBeProblem(409, "ticket-not-cooking");
        (await Kitchen.SaidAsync(order.OrderId)).ShouldBe("");

        await Kitchen.PaidAsync(order);
        await Kitchen.StatusAsync(order, "ready");
        (await Kitchen.SaidAsync(order.OrderId)).ShouldBe(Cooked);
        (await Kitchen.EventsAsync("meal-prepared", order.OrderId))[0].GetProperty("flow").GetString().ShouldBe("choreographed");
    }

    [Fact]
    public async Task Reversed_and_doubled_events_cook_once()
    {
        var orders = Enumerable.Range(0, 20).Select(_ => KitchenService.NewOrder(KitchenService.NewStall())).ToList();
        List<Guid> heard = [];
        foreach (var order in orders)
        {
            var (paid, placed) = (Guid.CreateVersion7(), Guid.CreateVersion7());
            await Kitchen.PaidAsync(order, id: paid);
            await Kitchen.PaidAsync(order, id: paid);
            await Kitchen.PlacedAsync(order, id: placed);
            await Kitchen.PlacedAsync(order, id: placed);
            heard.AddRange([paid, placed, await Kitchen.PaidAsync(order)]);
        }
        await Kitchen.HeardAsync([.. heard]);
        foreach (var order in orders)
        {
            await Kitchen.StatusAsync(order, "ready");
            (await Kitchen.SaidAsync(order.OrderId)).ShouldBe(Cooked);
        }
    }

    [Fact]
    public async Task Where_the_tickets_are_is_said_anew_when_the_order_is_placed_anew()
    {
        var order = KitchenService.NewOrder(KitchenService.NewStall());
        await Kitchen.HeardAsync(await Kitchen.PlacedAsync(order));
        await Kitchen.HeardAsync(await Kitchen.PlacedAsync(order));
        (await Kitchen.SaidAsync(order.OrderId)).ShouldBe("");
        await Kitchen.PaidAsync(order);
        await Kitchen.StatusAsync(order, "ready");
        await Kitchen.HeardAsync(await Kitchen.PlacedAsync(order));
        (await Kitchen.SaidAsync(order.OrderId)).ShouldBe("ticket-accepted 1, meal-prepared 2");
        (await Kitchen.EventsAsync("meal-prepared", order.OrderId, 2)).ShouldAllBe(meal => meal.GetProperty("remaining").GetInt32() == 0);
    }

    [Theory]
    [InlineData("order-rejected")]
    [InlineData("order-cancelled")]
    public async Task What_is_over_before_it_is_known_is_never_cooked(string topic)
    {
        var order = KitchenService.NewOrder(KitchenService.NewStall());
        await Kitchen.HeardAsync(await Kitchen.EndedAsync(topic, order));
        await Kitchen.HeardAsync(await Kitchen.PaidAsync(order), await Kitchen.PlacedAsync(order));
        (await Kitchen.CookAsync(order)).ShouldSatisfyAllConditions(view => view.Status.ShouldBe("cancelled"), view => view.Tickets.ShouldBeEmpty());
        (await Kitchen.SaidAsync(order.OrderId)).ShouldBe("");
    }

    [Fact]
    public async Task What_is_over_while_it_is_held_is_never_cooked()
    {
        var order = KitchenService.NewOrder(KitchenService.NewStall());
        await Kitchen.HeardAsync(await Kitchen.PlacedAsync(order));
        await Kitchen.HeardAsync(await Kitchen.EndedAsync("order-rejected", order));
        await Kitchen.HeardAsync(await Kitchen.PaidAsync(order));
        (await Kitchen.TicketsAsync(order)).ShouldHaveSingleItem().Status.ShouldBe("cancelled");
        (await Kitchen.SaidAsync(order.OrderId)).ShouldBe("");
    }

    [Fact]
    public async Task An_order_with_nothing_to_cook_is_over_at_once()
    {
        var order = KitchenService.NewOrder("Pots");
        order = order with { Lines = [order.Lines[0] with { Kind = "stocked" }] };
        await Kitchen.HeardAsync(await Kitchen.PlacedAsync(order), await Kitchen.PaidAsync(order));
        (await Kitchen.SaidAsync(order.OrderId)).ShouldBe("");
        (await Kitchen.QueryAsync<bool>("select ended_at is not null from orders where order_id = $1", order.OrderId)).ShouldBeTrue();
    }

    [Fact]
    public async Task Without_preparation_time_a_meal_is_ready_when_its_ticket_is_accepted_and_what_ended_is_forgotten_in_time()
    {
        await using var kitchen = await village.StartAsync(new() { ["Kitchen__PreparationTime"] = "00:00:00", ["Kitchen__OrdersKept"] = "00:00:02", ["Kitchen__Sweep"] = "00:00:00.2" });
        var led = KitchenService.NewOrder("Satay", "Rice");
        var ready = await kitchen.CookAsync(led);
        ready.Status.ShouldBe("ready");
        ready.Tickets.ShouldAllBe(ticket => ticket.ReadyAt == ticket.AcceptedAt);
        (await kitchen.EventsAsync("meal-prepared", led.OrderId, 2)).Select(meal => meal.GetProperty("remaining").GetInt32()).ShouldBe([1, 0]);

        var (held, unled) = (KitchenService.NewOrder("Satay"), KitchenService.NewOrder("Satay"));
        await kitchen.HeardAsync(await kitchen.PlacedAsync(held), await kitchen.PaidAsync(unled), await kitchen.PlacedAsync(unled));
        (await kitchen.SaidAsync(unled.OrderId)).ShouldBe(Cooked);

        await Eventually.Is(async () => await kitchen.QueryAsync<long>("select count(*) from orders where order_id <> $1", held.OrderId) == 0);
        (await kitchen.QueryAsync<Guid>("select order_id from tickets")).ShouldBe(held.OrderId);
        await kitchen.PaidAsync(held);
        await kitchen.EventsAsync("meal-prepared", held.OrderId);
    }

    [Fact]
    public async Task What_a_killed_instance_was_cooking_another_one_finishes()
    {
        await using var kitchen = await village.StartAsync(new() { ["Kitchen__PreparationTime"] = "01:00:00" });
        var orders = Enumerable.Range(0, 10).Select(_ => KitchenService.NewOrder("Satay", "Rice")).ToList();
        await Task.WhenAll(orders.Select(order => kitchen.CookAsync(order)));
        await kitchen.Instances[0].KillAsync();
        // An hour later.
        (await kitchen.QueryAsync<long>(
            """
            with tickets as (update tickets set wake_at = now() where status = 'Accepted' returning 1), orders as (update orders set wake_at = now())
            select count(*) from tickets
            """)).ShouldBe(20);

        await kitchen.StartInstanceAsync();
        foreach (var order in orders)
        {
            await kitchen.StatusAsync(order, "ready");
            (await kitchen.SaidAsync(order.OrderId)).ShouldBe("ticket-accepted 2, meal-prepared 2");
        }
    }
}
