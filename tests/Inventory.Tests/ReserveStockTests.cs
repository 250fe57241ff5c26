using System.Collections.Concurrent;
using Kampung.Testing;

namespace Kampung.Inventory.Tests;

/// <summary>All lines or none, and never more than there is, whoever asks how often.</summary>
public sealed class ReserveStockTests(Storehouse house)
{
    [Fact]
    public async Task All_lines_are_set_aside_and_the_reservation_is_announced()
    {
        var (pot, vase) = (await house.StockedAsync(5), await house.StockedAsync(7));
        var order = Wanted.Of((pot, 2), (vase, 3));
        var reservation = await house.ReservedAsync(order);

        (reservation.Status, reservation.OrderId, reservation.CustomerId, reservation.Reason).ShouldBe(("reserved", order.OrderId, order.CustomerId, null));
        reservation.Lines.ShouldBe(order.Lines, ignoreOrder: true);
        (await house.StockAsync(pot)).Places.ShouldBe((3, 2, 0));
        (await house.StockAsync(vase)).Places.ShouldBe((4, 3, 0));
        var told = (await house.ToldAsync("stock-reserved", order.OrderId)).Single().Body;
        told.GetProperty("flow").GetString().ShouldBe("orchestrated");
        told.GetProperty("lines").GetArrayLength().ShouldBe(2);
        told.TryGetProperty("subject", out _).ShouldBeFalse();
    }

    [Fact]
    public async Task One_line_that_is_short_sets_nothing_aside()
    {
        var (pot, vase) = (await house.StockedAsync(5), await house.StockedAsync(2));
        var order = Wanted.Of((pot, 2), (vase, 3));
        var reservation = await house.ReservedAsync(order);

        (reservation.Status, reservation.Reason).ShouldBe(("rejected", "out of stock"));
        (await house.StockAsync(pot)).Places.ShouldBe((5, 0, 0));
        (await house.StockAsync(vase)).Places.ShouldBe((2, 0, 0));
        var told = (await house.ToldAsync("stock-rejected", order.OrderId)).Single().Body;
        told.GetProperty("reason").GetString().ShouldBe("out of stock");
        var line = told.GetProperty("lines").EnumerateArray().Single();
        (line.GetProperty("variantId").GetGuid(), line.GetProperty("requested").GetInt32(), line.GetProperty("available").GetInt32()).ShouldBe((vase, 3, 2));
    }

    [Fact]
    public async Task An_unknown_variant_is_rejected()
    {
        var order = Wanted.Of((await house.StockedAsync(5), 1), (Guid.NewGuid(), 1));
        var reservation = await house.ReservedAsync(order);
        (reservation.Status, reservation.Reason).ShouldBe(("rejected", "unknown variant"));
    }

    [Fact]
    public async Task Of_what_nobody_counts_there_is_always_enough()
    {
        var satay = await house.StockedAsync(null);
        (await house.ReservedAsync(Wanted.Of(satay, 1_000_000))).Status.ShouldBe("reserved");
        (await house.StockAsync(satay)).ShouldBe(new Stock(satay, Counted: false, 0, 0, 0, 0));
    }

    [Fact]
    public async Task Lines_of_the_same_variant_are_put_together()
    {
        var pot = await house.StockedAsync(3);
        (await house.ReservedAsync(Wanted.Of((pot, 2), (pot, 2)))).Status.ShouldBe("rejected");
        var reservation = await house.ReservedAsync(Wanted.Of((pot, 2), (pot, 1)));
        (reservation.Status, reservation.Lines.Single().Quantity).ShouldBe(("reserved", 3));
    }

    [Fact]
    public async Task The_same_order_again_sets_nothing_more_aside_and_other_lines_are_a_conflict()
    {
        var pot = await house.StockedAsync(9);
        var order = Wanted.Of(pot, 2);
        var first = await house.ReservedAsync(order);
        (await house.ReservedAsync(order)).ShouldBeEquivalentTo(first);

        foreach (var other in new[] { order with { Lines = [new(pot, 3)] }, order with { Lines = [new(Guid.NewGuid(), 2)] }, order with { CustomerId = Guid.NewGuid() } })
            await (await house.ReserveAsync(other)).ShouldBeProblem(409, "reservation-differs");
        (await house.StockAsync(pot)).Places.ShouldBe((7, 2, 0));
        await house.ToldAsync("stock-reserved", order.OrderId);
    }

    [Fact]
    public async Task The_last_pieces_go_to_as_many_orders_as_there_are_pieces_over_two_instances()
    {
        var second = await house.Second;
        var variants = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => house.StockedAsync(60)));
        var random = new Random(7);
        // Two of the four each, in either order: enough for 120 of 300.
        var orders = Enumerable.Range(0, 300).Select(_ => Wanted.Of([.. variants.OrderBy(_ => random.Next()).Take(2).Select(variant => (variant, 1))])).ToList();

        // A few at a time and each at one instance only, so that many transactions meet at the stock and nowhere else.
        var answers = new ConcurrentBag<Reservation>();
        await Parallel.ForEachAsync(orders.Index(), new ParallelOptions { MaxDegreeOfParallelism = 12 }, async (order, _) =>
            answers.Add(await house.ReservedAsync(order.Item, order.Index % 2 == 0 ? second.Client : house.Client)));

        var reserved = answers.Where(answer => answer.Status == "reserved").ToList();
        foreach (var variant in variants)
        {
            var aside = reserved.Count(order => order.Lines.Any(line => line.VariantId == variant));
            (await house.StockAsync(variant)).Places.ShouldBe((60 - aside, aside, 0));
        }
        // Whoever was sent away could not have been served any more when all was over.
        foreach (var sentAway in answers.Where(answer => answer.Status == "rejected"))
            (await Task.WhenAll(sentAway.Lines.Select(line => house.StockAsync(line.VariantId)))).ShouldContain(stock => stock.OnHand == 0);
        answers.ShouldContain(answer => answer.Status == "rejected");
    }
}
