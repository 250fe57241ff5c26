using Kampung.Testing;

namespace Kampung.Kitchen.Tests;

/// <summary>A station that cooks nothing: it is nudged, then another one gets the ticket, and when none is left the ticket fails.</summary>
public sealed class OverdueTests(KitchenVillage village)
{
    KitchenService Kitchen => village.Kitchen;

    [Fact]
    public async Task The_chief_is_told_nudges_moves_and_learns_that_nobody_can_cook_it()
    {
        var (stall, stations) = await Kitchen.StallAsync(open: false);
        await Kitchen.SetAsync(stations[1], "open");
        var order = KitchenService.NewOrder(stall);
        await Kitchen.SetAsync(stations[1], "close");
        var first = (await Kitchen.CookAsync(order)).Tickets.ShouldHaveSingleItem();
        first.Station.ShouldBe(stations[0].Name);

        (await OverdueAsync(order, 1)).ShouldBe(stations[0].Name);
        var nudged = (await Kitchen.NudgeAsync(order)).Tickets.ShouldHaveSingleItem();
        nudged.DueAt.ShouldNotBeNull().ShouldBeGreaterThan(first.DueAt!.Value);

        await OverdueAsync(order, 2);
        await Kitchen.SetAsync(stations[1], "open");
        (await Kitchen.MoveAsync(order)).Tickets.ShouldHaveSingleItem().Station.ShouldBe(stations[1].Name);
        await Kitchen.SetAsync(stations[1], "close");

        (await OverdueAsync(order, 3)).ShouldBeOneOf(stations[1].Name);
        for (var i = 0; i < 2; i++)
        {
            var failed = await Kitchen.MoveAsync(order);
            failed.Status.ShouldBe("failed");
            failed.Tickets.ShouldHaveSingleItem().ShouldSatisfyAllConditions(t => t.Status.ShouldBe("failed"), t => t.OverdueTimes.ShouldBe(3));
        }
        (await Kitchen.EventsAsync("preparation-failed", order.OrderId))[0].GetProperty("reason").GetString()!.ShouldContain(stall);
        (await Kitchen.CancelAsync(order)).Status.ShouldBe("cancelled");
        (await Kitchen.SaidAsync(order.OrderId)).ShouldBe("ticket-accepted 2, ticket-overdue 3, preparation-failed 1");
    }

    [Fact]
    public async Task Asked_twice_or_too_early_a_nudge_and_a_move_change_nothing()
    {
        var (stall, stations) = await Kitchen.StallAsync(open: false);
        var order = KitchenService.NewOrder(stall);
        await Kitchen.CookAsync(order);
        await OverdueAsync(order, 1);
        await Kitchen.SetAsync(stations[1], "open");
        var moved = await Kitchen.MoveAsync(order);
        moved.Tickets[0].Station.ShouldBe(stations[1].Name);
        (await Kitchen.MoveAsync(order)).Tickets[0].Station.ShouldBe(stations[1].Name);
        (await Kitchen.NudgeAsync(order)).Tickets[0].ShouldSatisfyAllConditions(t => t.Station.ShouldBe(stations[1].Name), t => t.Status.ShouldBeOneOf("accepted", "ready"));
        await Kitchen.StatusAsync(order, "ready");
        (await Kitchen.SaidAsync(order.OrderId)).ShouldBe("ticket-accepted 2, ticket-overdue 1, meal-prepared 1");
    }

    [Fact]
    public async Task In_the_chief_s_flow_an_overdue_ticket_waits_to_be_told()
    {
        var (stall, stations) = await Kitchen.StallAsync(open: false);
        var order = KitchenService.NewOrder(stall);
        await Kitchen.CookAsync(order);
        await OverdueAsync(order, 1);

        // One that nobody leads passes through all of it at the same stall meanwhile.
        var other = KitchenService.NewOrder(stall);
        await Kitchen.CookAsync(other, "choreographed");
        await Kitchen.StatusAsync(other, "failed");
        (await Kitchen.SaidAsync(order.OrderId)).ShouldBe("ticket-accepted 1, ticket-overdue 1");

        await Kitchen.SetAsync(stations[0], "open");
        await Kitchen.StatusAsync(order, "ready");
        (await Kitchen.SaidAsync(order.OrderId)).ShouldBe("ticket-accepted 1, ticket-overdue 1, meal-prepared 1");
    }

    [Fact]
    public async Task Nobody_leads_so_the_stall_nudges_moves_and_gives_up_by_itself()
    {
        var (stall, stations) = await Kitchen.StallAsync(open: false);
        var order = KitchenService.NewOrder(stall);
        await Kitchen.PlacedAsync(order);
        await Kitchen.PaidAsync(order);
        await Kitchen.EventsAsync("ticket-overdue", order.OrderId);
        await Kitchen.StatusAsync(order, "failed");
        (await Kitchen.EventsAsync("ticket-overdue", order.OrderId, 2)).Select(fact => fact.GetProperty("times").GetInt32()).ShouldBe([1, 2]);
        (await Kitchen.SaidAsync(order.OrderId)).ShouldBe("ticket-accepted 1, ticket-overdue 2, preparation-failed 1");

        // With another station that is open it goes well.
        order = KitchenService.NewOrder(stall);
        await Kitchen.PlacedAsync(order);
        await Kitchen.PaidAsync(order);
        await Kitchen.EventsAsync("ticket-overdue", order.OrderId);
        await Kitchen.SetAsync(stations[1], "open");
        await Kitchen.StatusAsync(order, "ready");
        (await Kitchen.EventsAsync("ticket-accepted", order.OrderId, 2)).Select(fact => fact.GetProperty("station").GetString()).ShouldBe(stations.Select(station => station.Name));
        (await Kitchen.SaidAsync(order.OrderId)).ShouldBe("ticket-accepted 2, ticket-overdue 2, meal-prepared 1");
    }

    [Fact]
    public async Task An_opened_station_begins_anew_with_what_it_has()
    {
        var (stall, stations) = await Kitchen.StallAsync(open: false);
        var order = KitchenService.NewOrder(stall);
        await Kitchen.CookAsync(order);
        (await Kitchen.SetAsync(stations[0], "open")).ShouldSatisfyAllConditions(s => s.Open.ShouldBeTrue(), s => s.Load.ShouldBe(1));
        await Kitchen.StatusAsync(order, "ready");
        (await Kitchen.StationsAsync(stall)).Select(station => (station.Open, station.Load)).ShouldBe([(true, 0), (false, 0)]);
    }

    [Fact]
    public async Task Tickets_go_to_the_station_with_the_fewest()
    {
        var stall = KitchenService.NewStall();
        var orders = Enumerable.Range(0, 6).Select(_ => KitchenService.NewOrder(stall)).ToList();
        List<string> at = [];
        await using var kitchen = await village.StartAsync(new() { ["Kitchen__ByHand"] = "true", ["Kitchen__OverdueAfter"] = "00:10:00", ["Kitchen__StationsPerStall"] = "3" });
        foreach (var order in orders) at.Add((await kitchen.CookAsync(order)).Tickets[0].Station!);
        at.GroupBy(station => station).Select(station => station.Count()).ShouldBe([2, 2, 2]);

        // By hand nothing is ready before somebody says so; said twice it is once.
        var ticket = (await kitchen.TicketsAsync(orders[0])).ShouldHaveSingleItem();
        ticket.Status.ShouldBe("accepted");
        for (var i = 0; i < 2; i++) (await kitchen.AskAsync<Ticket>($"/kitchen/tickets/{ticket.Id}/ready")).Status.ShouldBe("ready");
        (await kitchen.SaidAsync(orders[0].OrderId)).ShouldBe("ticket-accepted 1, meal-prepared 1");
        (await kitchen.StationsAsync(stall)).Sum(station => station.Load).ShouldBe(5);

        // Two people finish the two halves of an order at the same moment: each counts the other.
        var halves = Enumerable.Range(0, 15).Select(_ => KitchenService.NewOrder(stall, stall + " and rice")).ToList();
        foreach (var order in halves)
        {
            var tickets = (await kitchen.CookAsync(order)).Tickets;
            await Task.WhenAll(tickets.Select(half => kitchen.AskAsync<Ticket>($"/kitchen/tickets/{half.Id}/ready")));
            (await kitchen.EventsAsync("meal-prepared", order.OrderId, 2)).Select(meal => meal.GetProperty("remaining").GetInt32()).ShouldBe([1, 0]);
        }

        // What is called off or given up cannot become ready.
        await kitchen.CancelAsync(orders[1]);
        var cancelled = (await kitchen.TicketsAsync(orders[1])).ShouldHaveSingleItem();
        await (await kitchen.PostAsync($"/kitchen/tickets/{cancelled.Id}/ready")).ShouldBeProblem(409, "ticket-not-cooking");

        // A queue begins with who came first, page by page; what is over, with the last.
        var queue = await kitchen.ListAsync($"?stall={stall}&status=accepted&limit=3");
        queue.Items.Count.ShouldBe(3);
        var rest = await kitchen.ListAsync($"?stall={stall}&status=accepted&limit=3&cursor={queue.Next}");
        queue.Items.Concat(rest.Items).Select(item => item.OrderId).ShouldBe(orders.Skip(2).Select(order => order.OrderId));
        rest.Next.ShouldBeNull();
        var audit = await kitchen.GetAsync<Page<AuditEntry>>("/audit/tickets?limit=1000");
        audit.Items.Count.ShouldBe(36);
        audit.Items.Single(entry => entry.TicketId == cancelled.Id).ShouldBe(new(orders[1].OrderId, cancelled.Id, stall, "cancelled"));
    }

    sealed record AuditEntry(Guid OrderId, Guid TicketId, string Stall, string Status);

    /// <returns>The station at which it was overdue for this time.</returns>
    async Task<string> OverdueAsync(Order order, int times)
    {
        var facts = await Kitchen.EventsAsync("ticket-overdue", order.OrderId, times);
        facts[^1].GetProperty("times").GetInt32().ShouldBe(times);
        return facts[^1].GetProperty("station").GetString()!;
    }
}
