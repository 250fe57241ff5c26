using System.Net.Http.Json;
using System.Text.Json;
using Kampung.Testing;

namespace Kampung.Inventory.Tests;

/// <summary>Without a chief: the stall acts on what it hears, whatever comes first, twice or too late.</summary>
public sealed class ChoreographyTests(Storehouse house)
{
    [Fact]
    public async Task A_placed_order_is_set_aside_once_however_often_it_is_told_and_who_says_it_anew_is_answered_anew()
    {
        var pot = await house.StockedAsync(5);
        var order = Wanted.Of(pot, 2);
        var id = Guid.CreateVersion7();
        foreach (var again in new[] { id, id, Guid.CreateVersion7() }) await house.Says("order-placed", order, id: again);

        await house.Becomes(order.OrderId, "reserved");
        var after = Wanted.Of(pot, 1);
        await house.Says("order-placed", after);
        await house.Becomes(after.OrderId, "reserved");
        (await house.StockAsync(pot)).Places.ShouldBe((2, 3, 0));
        foreach (var told in await house.ToldAsync("stock-reserved", order.OrderId, 2))
        {
            (told.Body.GetProperty("flow").GetString(), told.Body.GetProperty("customerId").GetGuid()).ShouldBe(("choreographed", order.CustomerId));
            told.Body.GetProperty("lines").GetArrayLength().ShouldBe(1);
        }
    }

    [Fact]
    public async Task What_is_short_is_announced_and_stays_so_when_the_order_is_told_anew()
    {
        var pot = await house.StockedAsync(1);
        var order = Wanted.Of(pot, 2);
        await house.Says("order-placed", order);
        (await house.ToldAsync("stock-rejected", order.OrderId)).Single().Body.GetProperty("flow").GetString().ShouldBe("choreographed");
        (await house.AdjustAsync(pot, 4)).IsSuccessStatusCode.ShouldBeTrue();
        await house.Says("order-placed", order);
        (await house.ToldAsync("stock-rejected", order.OrderId, 2))[1].Body.GetProperty("reason").GetString().ShouldBe("out of stock");
        (await house.StockAsync(pot)).Places.ShouldBe((5, 0, 0));
    }

    [Theory]
    [InlineData("orchestrated")]
    [InlineData("choreographed")]
    public async Task An_order_that_is_heard_of_as_completed_first_is_sold_once(string flow)
    {
        var pot = await house.StockedAsync(5);
        var (order, tooMuch) = (Wanted.Of(pot, 2), Wanted.Of(pot, 4));
        await house.Says("order-completed", order, flow);
        await house.Becomes(order.OrderId, "sold");
        await house.Says("order-completed", tooMuch, flow);
        await house.Becomes(tooMuch.OrderId, "rejected");
        await house.Says("order-placed", order, flow);
        if (flow == "orchestrated") (await house.ReservedAsync(order)).Status.ShouldBe("sold");

        var after = Wanted.Of(pot, 1);
        await house.Says("order-placed", after);
        await house.Becomes(after.OrderId, "reserved");
        (await house.StockAsync(pot)).Places.ShouldBe((2, 1, 2));
        house.Topic("stock-reserved").About(order.OrderId).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("payment-failed", "payment failed")]
    [InlineData("order-rejected", "order rejected")]
    [InlineData("order-cancelled", "order cancelled")]
    public async Task What_was_set_aside_is_put_back_once(string undo, string reason)
    {
        var pot = await house.StockedAsync(5);
        var order = Wanted.Of(pot, 2);
        await house.Says("order-placed", order);
        await house.Becomes(order.OrderId, "reserved");
        for (var i = 0; i < 2; i++) await house.Says(undo, order);
        await house.Becomes(order.OrderId, "released");
        await house.Says("order-cancelled", order);
        var after = Wanted.Of(pot, 5);
        await house.Says("order-placed", after);
        await house.ToldAsync("stock-reserved", after.OrderId);
        await house.ReleasedAsync(after.OrderId);

        (await house.StockAsync(pot)).Places.ShouldBe((5, 0, 0));
        var told = (await house.ToldAsync("stock-released", order.OrderId)).Single().Body;
        (told.GetProperty("flow").GetString(), told.GetProperty("reason").GetString()).ShouldBe(("choreographed", reason));
    }

    [Fact]
    public async Task An_order_that_is_placed_after_it_was_cancelled_gets_nothing()
    {
        var pot = await house.StockedAsync(5);
        var order = Wanted.Of(pot, 2);
        await house.Says("order-cancelled", order);
        await house.Becomes(order.OrderId, "released");
        await house.Says("order-placed", order);
        var after = Wanted.Of(pot, 1);
        await house.Says("order-placed", after);

        await Eventually.Is(async () => (await house.StockAsync(pot)).OnHand == 4);
        (await house.FindAsync(order.OrderId))!.Status.ShouldBe("released");
        house.Topic("stock-reserved").About(order.OrderId).ShouldBeEmpty();
        house.Topic("stock-released").About(order.OrderId).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_the_chief_sees_to_is_left_to_the_chief()
    {
        var pot = await house.StockedAsync(5);
        var order = Wanted.Of(pot, 2);
        await house.Says("order-placed", order, "orchestrated");
        await house.ReservedAsync(order);
        foreach (var undo in new[] { "payment-failed", "order-rejected", "order-cancelled" }) await house.Says(undo, order, "orchestrated");
        await house.Says("order-completed", order, "orchestrated");
        await house.Becomes(order.OrderId, "sold");
        (await house.StockAsync(pot)).Places.ShouldBe((3, 0, 2));
        house.Topic("stock-released").About(order.OrderId).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_completed_order_is_sold_once_whatever_is_told_after_it()
    {
        var pot = await house.StockedAsync(5);
        var order = Wanted.Of(pot, 2);
        await house.Says("order-placed", order);
        await house.Becomes(order.OrderId, "reserved");
        for (var i = 0; i < 2; i++) await house.Says("order-completed", order);
        await house.Becomes(order.OrderId, "sold");
        await house.Says("order-cancelled", order);
        await house.Says("order-placed", order);

        var after = Wanted.Of(pot, 1);
        await house.Says("order-placed", after);
        await house.Becomes(after.OrderId, "reserved");
        (await house.StockAsync(pot)).Places.ShouldBe((2, 1, 2));
    }

    [Fact]
    public async Task What_cannot_be_read_is_a_dead_letter_and_keeps_nobody_waiting()
    {
        var order = Wanted.Of(await house.StockedAsync(5), 1);
        var id = await house.Events.Publishes("order-placed", order.OrderId, new { orderId = order.OrderId, lines = "none" });
        await house.Says("order-placed", order);
        await house.Becomes(order.OrderId, "reserved");
        var letters = await house.Client.GetFromJsonAsync<JsonElement>("/dead-letters?limit=100");
        letters.GetProperty("items").EnumerateArray().Select(letter => letter.GetProperty("id").GetGuid()).ShouldContain(id);
        (await house.Client.GetAsync("/outbox")).IsSuccessStatusCode.ShouldBeTrue();
    }

    [Fact]
    public async Task An_event_that_asks_for_less_than_nothing_changes_nothing()
    {
        var pot = await house.StockedAsync(5);
        var (bad, good) = (Wanted.Of(pot, -3), Wanted.Of(pot, 1));
        await house.Says("order-placed", bad);
        await house.Says("order-placed", good);
        await house.Becomes(good.OrderId, "reserved");
        (await house.FindAsync(bad.OrderId)).ShouldBeNull();
        (await house.StockAsync(pot)).Places.ShouldBe((4, 1, 0));
        await house.Client.PostAsync($"/dead-letters/{await ParkedAsync(bad.OrderId)}/discard", null);

        Task<Guid> ParkedAsync(Guid order) => Eventually.Get(() => house.QueryAsync<Guid>($"select event_id from parked_messages where key = '{order}'"));
    }

    [Fact]
    public async Task A_crowd_of_placed_and_cancelled_orders_over_two_instances_leaves_what_is_left()
    {
        await house.Second;
        var variants = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => house.StockedAsync(40)));
        var random = new Random(3);
        var orders = Enumerable.Range(0, 150).Select(_ => Wanted.Of([.. variants.OrderBy(_ => random.Next()).Take(2).Select(variant => (variant, 1))])).ToList();
        var cancelled = orders.Where((_, i) => i % 3 == 0).ToList();
        var facts = orders.Select(order => ("order-placed", order)).Concat(cancelled.Select(order => ("order-cancelled", order))).OrderBy(_ => random.Next()).ToList();
        await Task.WhenAll(facts.Select(fact => house.Says(fact.Item1, fact.order)));

        foreach (var order in orders) await Eventually.Is(async () => await house.FindAsync(order.OrderId) is not null);
        foreach (var order in cancelled) await Eventually.Is(async () => (await house.FindAsync(order.OrderId))!.Status is "released" or "rejected");
        var ends = await Task.WhenAll(orders.Select(order => house.FindAsync(order.OrderId)));
        foreach (var variant in variants)
        {
            var aside = ends.Count(end => end!.Status == "reserved" && end.Lines.Any(line => line.VariantId == variant));
            (await house.StockAsync(variant)).Places.ShouldBe((40 - aside, aside, 0));
        }
    }
}
