using Kampung.Testing;

namespace Kampung.Inventory.Tests;

/// <summary>What the catalogue tells is the merchant's count; what happens here does not reach the catalogue.</summary>
public sealed class CatalogueTests(Storehouse house)
{
    [Fact]
    public async Task What_is_heard_first_is_received_and_on_hand() =>
        (await house.StockAsync(await house.StockedAsync(8))) .ShouldSatisfyAllConditions(stock => stock.Places.ShouldBe((8, 0, 0)), stock => stock.Received.ShouldBe(8));

    [Fact]
    public async Task Only_a_changed_quantity_is_news_and_it_counts_by_its_difference()
    {
        var pot = await house.StockedAsync(8);
        await house.ReservedAsync(Wanted.Of(pot, 3));

        await house.Tells(pot, 8, "Pot with a new name");
        await HasTitle(pot, "Pot with a new name");
        (await house.StockAsync(pot)).Places.ShouldBe((5, 3, 0));

        await house.Tells(pot, 10, "More pots");
        await HasTitle(pot, "More pots");
        (await house.StockAsync(pot)).Places.ShouldBe((7, 3, 0));

        await house.Tells(pot, 1, "Fewer pots than are set aside");
        await HasTitle(pot, "Fewer pots than are set aside");
        (await house.StockAsync(pot)).ShouldBe(new Stock(pot, Counted: true, 0, 3, 0, 3));
    }

    [Fact]
    public async Task Counting_can_stop_and_begin_again_and_nothing_is_put_back_that_was_never_counted()
    {
        var pot = await house.StockedAsync(8, "counted");
        var (counted, uncounted) = (Wanted.Of(pot, 3), Wanted.Of(pot, 40));
        await house.ReservedAsync(counted);
        await house.Tells(pot, null, "uncounted");
        await HasTitle(pot, "uncounted");
        (await house.ReservedAsync(uncounted)).Status.ShouldBe("reserved");
        await house.Tells(pot, 6, "counted again");
        await HasTitle(pot, "counted again");
        (await house.StockAsync(pot)).Places.ShouldBe((6, 3, 0));

        await house.ReleasedAsync(uncounted.OrderId);
        (await house.StockAsync(pot)).Places.ShouldBe((6, 3, 0));
        await house.ReleasedAsync(counted.OrderId);
        (await house.StockAsync(pot)).Places.ShouldBe((9, 0, 0));
    }

    [Fact]
    public async Task The_same_fact_twice_is_taken_once()
    {
        var pot = await house.StockedAsync(8);
        var id = Guid.CreateVersion7();
        object fact = new
        {
            productId = pot, title = "Told twice", stall = "Kebun", variants = new[] { new { variantId = pot, sku = "", title = "", stockQuantity = 9 } },
        };
        for (var i = 0; i < 2; i++) await house.Events.Publishes("product-changed", pot, fact, id);
        await house.Tells(pot, 9, "After that");
        await HasTitle(pot, "After that");
        (await house.StockAsync(pot)).Places.ShouldBe((9, 0, 0));
    }

    Task HasTitle(Guid variant, string title) => Eventually.Is(async () => (await house.Client.GetStringAsync($"/stock/{variant}")).Contains(title));
}
