using Kampung.Testing;

namespace Kampung.Inventory.Tests;

/// <summary>What happens by itself, in a process that has little patience.</summary>
public sealed class TimeTests(Storehouse house)
{
    [Fact]
    public async Task What_is_set_aside_for_an_order_that_never_comes_expires_and_what_is_known_does_not()
    {
        await using var book = await OrderBook.OpenAsync();
        await using var hasty = await house.ApartAsync(new() { ["Inventory__ReservationExpires"] = "00:00:01.5", ["Services__order-service__http__0"] = book.Address });
        var pot = await hasty.StockedAsync(5);
        var (stray, known, early) = (Wanted.Of(pot, 2), Wanted.Of(pot, 1), Wanted.Of(pot, 1));
        await hasty.Says("order-placed", early, "orchestrated"); // heard before the chief's call
        await hasty.ReservedAsync(known);
        await hasty.Says("order-placed", known, "orchestrated");
        await Eventually.Is(async () => await hasty.QueryAsync<long>("select count(*) from reservations where order_known") == 2);
        await hasty.ReservedAsync(stray);
        await hasty.ReservedAsync(early);

        await hasty.Becomes(stray.OrderId, "expired");
        var told = (await hasty.ToldAsync("stock-released", stray.OrderId)).Single().Body;
        told.GetProperty("reason").GetString().ShouldBe("expired");
        foreach (var order in new[] { known, early }) (await hasty.FindAsync(order.OrderId))!.Status.ShouldBe("reserved");
        (await hasty.StockAsync(pot)).Places.ShouldBe((3, 2, 0));

        // It comes after all: again if there is enough.
        await hasty.Says("order-placed", stray, "orchestrated");
        await hasty.Becomes(stray.OrderId, "reserved");
        (await hasty.StockAsync(pot)).Places.ShouldBe((1, 4, 0));
        await hasty.ToldAsync("stock-reserved", stray.OrderId, 2);

        var late = Wanted.Of(pot, 1);
        await hasty.ReservedAsync(late);
        await hasty.Becomes(late.OrderId, "expired");
        (await hasty.AdjustAsync(pot, -1)).IsSuccessStatusCode.ShouldBeTrue();
        await hasty.Says("order-placed", late, "orchestrated");
        await hasty.ToldAsync("stock-rejected", late.OrderId);
        await hasty.Becomes(late.OrderId, "rejected");
    }

    [Fact]
    public async Task The_stock_of_an_order_that_was_placed_is_kept_though_nothing_is_heard_of_it_in_time()
    {
        await using var book = await OrderBook.OpenAsync();
        await using var hasty = await house.ApartAsync(new()
        {
            ["Inventory__ReservationExpires"] = "00:00:01", ["Services__order-service__http__0"] = book.Address, ["Http__Resilience__Retry__MaxRetryAttempts"] = "1",
            ["Http__Resilience__Retry__Delay"] = "00:00:00.01",
        });
        var pot = await hasty.StockedAsync(9);
        var (led, gossiped, stray) = (Wanted.Of(pot, 2), Wanted.Of(pot, 3), Wanted.Of(pot, 1));
        await hasty.Says("order-placed", gossiped);
        await hasty.Becomes(gossiped.OrderId, "reserved");
        await hasty.LoseBrokerAsync();
        (book.IsAway, book.Placed[led.OrderId]) = (true, true);
        await hasty.ReservedAsync(stray);
        await hasty.ReservedAsync(led);

        await book.WasAsked(stray.OrderId);
        foreach (var order in new[] { led, gossiped, stray }) (await hasty.FindAsync(order.OrderId))!.Status.ShouldBe("reserved");

        book.IsAway = false;
        await hasty.Becomes(stray.OrderId, "expired");
        await Eventually.Is(async () => await hasty.QueryAsync<long>("select count(*) from reservations where order_known") == 2);
        foreach (var order in new[] { led, gossiped }) (await hasty.FindAsync(order.OrderId))!.Status.ShouldBe("reserved");
        (await hasty.StockAsync(pot)).Places.ShouldBe((4, 5, 0));
    }
}
