using Kampung.Testing;

namespace Kampung.Kitchen.Tests;

/// <summary>The chief asks, the kitchens cook.</summary>
public sealed class OrchestratedTests(KitchenVillage village)
{
    KitchenService Kitchen => village.Kitchen;

    [Fact]
    public async Task Each_stall_gets_a_ticket_and_the_last_meal_says_that_nothing_remains()
    {
        var order = KitchenService.NewOrder(KitchenService.NewStall(), KitchenService.NewStall(), KitchenService.NewStall());
        var cooking = await Kitchen.CookAsync(order);
        cooking.Status.ShouldBe("cooking");
        cooking.Tickets.Select(ticket => ticket.Status).ShouldBe(["accepted", "accepted", "accepted"]);
        cooking.Tickets.Select(ticket => ticket.Stall).ShouldBe(order.Lines.Select(line => line.Stall));
        cooking.Tickets.ShouldAllBe(ticket => ticket.Station!.StartsWith(ticket.Stall));

        var ready = await Kitchen.StatusAsync(order, "ready");
        ready.ShouldAllBe(ticket => ticket.ReadyAt - ticket.AcceptedAt >= KitchenService.PreparationTime);
        var prepared = await Kitchen.EventsAsync("meal-prepared", order.OrderId, 3);
        prepared.Select(meal => meal.GetProperty("remaining").GetInt32()).ShouldBe([2, 1, 0]);
        prepared.ShouldAllBe(meal => meal.GetProperty("flow").GetString() == "orchestrated" && meal.GetProperty("customerId").GetGuid() == order.CustomerId);
        (await Kitchen.EventsAsync("ticket-accepted", order.OrderId, 3)).Select(ticket => ticket.GetProperty("ticketId").GetGuid())
            .ShouldBe(cooking.Tickets.Select(ticket => ticket.Id));
        (await Kitchen.SaidAsync(order.OrderId)).ShouldBe("ticket-accepted 3, meal-prepared 3");
    }

    [Fact]
    public async Task Asked_twenty_times_at_once_an_order_is_cooked_once()
    {
        var order = KitchenService.NewOrder(KitchenService.NewStall());
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Kitchen.CookAsync(order)));
        answers.Select(answer => answer.Tickets.ShouldHaveSingleItem().Id).Distinct().ShouldHaveSingleItem();
        await Kitchen.StatusAsync(order, "ready");
        (await Kitchen.CookAsync(order)).Status.ShouldBe("ready");
        (await Kitchen.SaidAsync(order.OrderId)).ShouldBe("ticket-accepted 1, meal-prepared 1");
    }

    [Fact]
    public async Task Other_lines_for_the_same_order_are_refused()
    {
        var order = KitchenService.NewOrder(KitchenService.NewStall());
        await Kitchen.CookAsync(order);
        var other = order with { Lines = [order.Lines[0] with { Quantity = 3 }] };
        await (await Kitchen.PostAsync("/kitchen/tickets", other.Request())).ShouldBeProblem(409, "tickets-differ");
    }

    [Fact]
    public async Task What_is_called_off_is_not_cooked()
    {
        var (stall, stations) = await Kitchen.StallAsync(open: false);
        var order = KitchenService.NewOrder(stall);
        await Kitchen.CookAsync(order);
        for (var i = 0; i < 2; i++)
        {
            var cancelled = await Kitchen.CancelAsync(order);
            cancelled.Status.ShouldBe("cancelled");
            cancelled.Tickets.ShouldHaveSingleItem().Status.ShouldBe("cancelled");
        }
        (await Kitchen.CookAsync(order)).Status.ShouldBe("cancelled");

        // What is asked for later is cooked at the same stations, so the time of the first order has passed as well.
        foreach (var station in stations) await Kitchen.SetAsync(station, "open");
        var later = KitchenService.NewOrder(stall);
        await Kitchen.CookAsync(later);
        await Kitchen.StatusAsync(later, "ready");
        (await Kitchen.TicketsAsync(order)).ShouldHaveSingleItem().Status.ShouldBe("cancelled");
        (await Kitchen.SaidAsync(order.OrderId)).ShouldNotContain("meal-prepared");
    }

    [Fact]
    public async Task What_is_called_off_before_it_is_asked_for_is_never_cooked()
    {
        var order = KitchenService.NewOrder(KitchenService.NewStall());
        (await Kitchen.CancelAsync(order)).ShouldSatisfyAllConditions(view => view.Status.ShouldBe("cancelled"), view => view.Tickets.ShouldBeEmpty());
        (await Kitchen.CookAsync(order)).ShouldSatisfyAllConditions(view => view.Status.ShouldBe("cancelled"), view => view.Tickets.ShouldBeEmpty());
        (await Kitchen.SaidAsync(order.OrderId)).ShouldBe("");
    }

    [Fact]
    public async Task Asking_and_calling_off_at_the_same_time_ends_with_nothing_cooked()
    {
        var orders = Enumerable.Range(0, 40).Select(_ => KitchenService.NewOrder(KitchenService.NewStall())).ToList();
        await Task.WhenAll(orders.Select(order => Task.WhenAll(Kitchen.CookAsync(order), Kitchen.CancelAsync(order), Kitchen.CookAsync(order))));
        foreach (var order in orders)
        {
            (await Kitchen.CookAsync(order)).Status.ShouldBe("cancelled");
            (await Kitchen.TicketsAsync(order)).ShouldAllBe(ticket => ticket.Status == "cancelled");
        }
    }

    [Fact]
    public async Task The_chief_s_orders_are_not_begun_by_events()
    {
        var order = KitchenService.NewOrder(KitchenService.NewStall());
        await Kitchen.HeardAsync(
            await Kitchen.PlacedAsync(order, "orchestrated"), await Kitchen.PaidAsync(order, "orchestrated"), await Kitchen.EndedAsync("order-cancelled", order, "orchestrated"));
        (await Kitchen.TicketsAsync(order)).ShouldBeEmpty();
        (await Kitchen.CookAsync(order)).Status.ShouldBe("cooking");
    }

    [Fact]
    public async Task Nothing_is_known_of_an_order_that_nobody_asked_for()
    {
        var order = KitchenService.NewOrder(KitchenService.NewStall());
        await (await Kitchen.PostAsync("/kitchen/tickets/nudge", new { order.OrderId })).ShouldBeProblem(404);
        await (await Kitchen.PostAsync("/kitchen/tickets/move", new { order.OrderId })).ShouldBeProblem(404);
        await (await Kitchen.PostAsync($"/kitchen/tickets/{Guid.NewGuid()}/ready")).ShouldBeProblem(404);
        await (await Kitchen.PostAsync($"/kitchen/stations/{Guid.NewGuid()}/open")).ShouldBeProblem(404);
        await (await Kitchen.PostAsync($"/kitchen/stations/{Guid.NewGuid()}/close")).ShouldBeProblem(404);
    }

    [Fact]
    public Task The_API_is_what_was_promised() => Kitchen.Instances[0].ShouldKeepItsContract("kitchen-service");

    [Fact]
    public async Task Everybody_gets_as_far_as_the_table_says()
    {
        var (stall, stations) = await Kitchen.StallAsync(open: false);
        var order = KitchenService.NewOrder(stall);
        var ticket = (await Kitchen.CookAsync(order)).Tickets.ShouldHaveSingleItem();
        await Kitchen.Instances[0].ShouldBeGuarded("kitchen-service", belongings: new(TestIssuer.Shared.Token($"{Guid.CreateVersion7()}", ["kitchen", "merchant"], stall),
        [
            new("GET /kitchen/tickets", Mark: $"{ticket.Id}"),
            new("POST /kitchen/tickets/{id}/ready", ticket.Id),
            new("GET /kitchen/stations", Mark: $"{stations[0].Id}"),
            new("POST /kitchen/stations/{id}/open", stations[0].Id),
            new("POST /kitchen/stations/{id}/close", stations[0].Id),
        ]));
        (await Kitchen.StationsAsync(stall)).ShouldAllBe(station => !station.Open);
        (await Kitchen.TicketsAsync(order)).ShouldHaveSingleItem().ReadyAt.ShouldBeNull();
    }
}
