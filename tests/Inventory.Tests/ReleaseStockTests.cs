using Kampung.Testing;

namespace Kampung.Inventory.Tests;

/// <summary>The undo, before, during and after the doing.</summary>
public sealed class ReleaseStockTests(Storehouse house)
{
    [Fact]
    public async Task What_was_set_aside_is_put_back_once_and_announced_once()
    {
        var pot = await house.StockedAsync(5);
        var order = Wanted.Of(pot, 2);
        await house.ReservedAsync(order);
        for (var i = 0; i < 3; i++) (await house.ReleasedAsync(order.OrderId)).Status.ShouldBe("released");

        (await house.StockAsync(pot)).Places.ShouldBe((5, 0, 0));
        var told = (await house.ToldAsync("stock-released", order.OrderId)).Single().Body;
        told.GetProperty("reason").GetString().ShouldBe("called off");
        told.GetProperty("lines")[0].GetProperty("quantity").GetInt32().ShouldBe(2);
        (await house.ReservedAsync(order)).Status.ShouldBe("released");
        (await house.StockAsync(pot)).Places.ShouldBe((5, 0, 0));
    }

    [Fact]
    public async Task A_reservation_that_arrives_after_its_release_sets_nothing_aside()
    {
        var pot = await house.StockedAsync(5);
        var order = Wanted.Of(pot, 2);
        var released = await house.ReleasedAsync(order.OrderId);
        (released.Status, released.CustomerId).ShouldBe(("released", null));
        released.Lines.ShouldBeEmpty();

        (await house.ReservedAsync(order)).Status.ShouldBe("released");
        (await house.StockAsync(pot)).Places.ShouldBe((5, 0, 0));
        house.Topic("stock-released").About(order.OrderId).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_was_rejected_stays_rejected()
    {
        var order = Wanted.Of(await house.StockedAsync(1), 2);
        await house.ReservedAsync(order);
        (await house.ReleasedAsync(order.OrderId)).Status.ShouldBe("rejected");
    }

    [Fact]
    public async Task What_is_sold_is_not_put_back()
    {
        var pot = await house.StockedAsync(5);
        var order = Wanted.Of(pot, 2);
        await house.ReservedAsync(order);
        await house.Says("order-completed", order, "orchestrated");
        await house.Becomes(order.OrderId, "sold");

        await (await house.Client.DeleteAsync($"/reservations/{order.OrderId}")).ShouldBeProblem(409, "already-sold");
        (await house.StockAsync(pot)).Places.ShouldBe((3, 0, 2));
    }

    [Fact]
    public async Task Reserving_and_releasing_at_the_same_time_over_two_instances_ends_with_nothing_set_aside()
    {
        var second = await house.Second;
        var pot = await house.StockedAsync(50);
        var orders = Enumerable.Range(0, 60).Select(_ => Wanted.Of(pot)).ToList();
        await Task.WhenAll(orders.Select(order => Task.WhenAll(house.ReservedAsync(order), house.ReservedAsync(order, second.Client), house.ReleasedAsync(order.OrderId))));

        foreach (var order in orders) (await house.FindAsync(order.OrderId))!.Status.ShouldBeOneOf("released", "rejected");
        (await house.StockAsync(pot)).Places.ShouldBe((50, 0, 0));
    }
}
