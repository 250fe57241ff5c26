using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;
using Kampung.Testing;

namespace Kampung.Inventory.Tests;

/// <summary>What operators see and change.</summary>
public sealed class StockTests(Storehouse house)
{
    [Fact]
    public async Task An_adjustment_is_done_once_for_its_key()
    {
        var pot = await house.StockedAsync(5);
        for (var i = 0; i < 3; i++)
            (await (await house.AdjustAsync(pot, 4, "truck 7 " + pot)).ShouldBeJson()).Deserialize<Stock>(JsonSerializerOptions.Web)
                .ShouldBe(new Stock(pot, Counted: true, 9, 0, 0, 9));
        await (await house.AdjustAsync(pot, 5, "truck 7 " + pot)).ShouldBeProblem(422, "idempotency-key-reused");
        await (await house.AdjustAsync(pot, 4, "truck 7 " + pot, "another reason")).ShouldBeProblem(422, "idempotency-key-reused");
        (await (await house.AdjustAsync(pot, -9)).ShouldBeJson()).GetProperty("received").GetInt64().ShouldBe(0);
    }

    [Fact]
    public async Task The_same_adjustment_twenty_times_at_once_is_done_once()
    {
        var pot = await house.StockedAsync(5);
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => house.AdjustAsync(pot, -4, "broken " + pot)));
        answers.ShouldAllBe(answer => answer.IsSuccessStatusCode);
        (await house.StockAsync(pot)).ShouldBe(new Stock(pot, Counted: true, 1, 0, 0, 1));
    }

    [Fact]
    public async Task Not_more_is_taken_than_lies_on_the_shelf()
    {
        var pot = await house.StockedAsync(5);
        await house.ReservedAsync(Wanted.Of(pot, 3));
        await (await house.AdjustAsync(pot, -3, "lost " + pot)).ShouldBeProblem(422, "stock-below-zero");
        (await house.StockAsync(pot)).Places.ShouldBe((2, 3, 0));
        (await house.AdjustAsync(pot, -2, "lost " + pot)).IsSuccessStatusCode.ShouldBeTrue("a refused adjustment does not use up its key");

        await (await house.AdjustAsync(await house.StockedAsync(null), 1)).ShouldBeProblem(422, "not-counted");
        await (await house.AdjustAsync(Guid.NewGuid(), 1)).ShouldBeProblem(404);
    }

    [Fact]
    public async Task Stock_is_found_by_a_word_and_read_page_by_page_in_the_order_of_its_titles()
    {
        var mark = $"{Guid.NewGuid():N}"[..12];
        foreach (var title in new[] { "Wok", "Basket 100%", "Mat", "Basket 100%", "Lamp_" }) await house.StockedAsync(1, $"{title} {mark}");

        var found = await house.PagesAsync($"/stock?search={mark.ToUpperInvariant()}", limit: 2);
        found.Select(item => item.GetProperty("title").GetString()).ShouldBe([$"Basket 100% {mark}", $"Basket 100% {mark}", $"Lamp_ {mark}", $"Mat {mark}", $"Wok {mark}"]);
        (await house.PagesAsync($"/stock?search={Uri.EscapeDataString("100% " + mark)}", limit: 100)).Count.ShouldBe(2);
        (await house.PagesAsync($"/stock?search={Uri.EscapeDataString("_ " + mark)}", limit: 100)).Count.ShouldBe(1);
        (await house.PagesAsync($"/stock?search={Uri.EscapeDataString("SKU-" + found[0].GetProperty("variantId").GetString())}", limit: 100)).Count.ShouldBe(1);
        (await house.PagesAsync("/stock?search=nothing-is-called-so", limit: 100)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Whatever_is_done_in_whatever_order_over_two_instances_every_piece_is_in_one_place()
    {
        const int Seed = 20260412, Steps = 400;
        var instances = new[] { house.Process, await house.Second };
        var variants = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => house.StockedAsync(i == 5 ? null : 20)));
        var random = new Random(Seed);
        Guid Variant() => variants[random.Next(variants.Length)];
        var orders = Enumerable.Range(0, 80).Select(_ => Wanted.Of([.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => (Variant(), random.Next(1, 5)))])).ToList();

        var steps = Enumerable.Range(0, Steps).Select(_ =>
        {
            var (client, order, variant, pieces) = (instances[random.Next(2)].Client, orders[random.Next(orders.Count)], Variant(), random.Next(-8, 9));
            return random.Next(10) switch
            {
                0 or 1 or 2 => new Func<Task<Guid?>>(() => Asked(house.ReserveAsync(order, client))),
                3 => () => Asked(client.DeleteAsync($"/reservations/{order.OrderId}")),
                4 or 5 => async () => await house.Says("order-placed", order, pieces > 0 ? "choreographed" : "orchestrated"),
                6 => async () => await house.Says("order-completed", order),
                7 => async () => await house.Says("order-cancelled", order),
                8 => () => Asked(house.AdjustAsync(variant, pieces, client: client)),
                _ => async () => await house.Tells(variant, pieces == 8 ? null : 20 + pieces),
            };
        }).ToList();
        var said = new ConcurrentBag<Guid>();
        await Parallel.ForEachAsync(steps, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (step, _) =>
        {
            if (await step() is { } id) said.Add(id);
        });

        await Eventually.Is(async () => await house.QueryAsync<long>($"select count(*) from inbox where event_id in ('{string.Join("', '", said)}')") == said.Count);
        await Eventually.Passes(async () =>
        {
            var stock = (await house.PagesAsync("/audit/stock", limit: 1000)).ConvertAll(item => item.Deserialize<Stock>(JsonSerializerOptions.Web)!);
            var lines = (await house.PagesAsync("/audit/reservations", limit: 30))
                .SelectMany(item => item.GetProperty("lines").EnumerateArray().Select(line => (
                    Status: item.GetProperty("status").GetString(), Variant: line.GetProperty("variantId").GetGuid(),
                    Pieces: line.GetProperty("counted").GetBoolean() ? line.GetProperty("quantity").GetInt64() : 0))).ToList();
            lines.Count(line => line.Status == "reserved").ShouldBeGreaterThan(0, $"seed {Seed}");
            foreach (var variant in stock.Where(item => variants.Contains(item.VariantId)))
            {
                variant.OnHand.ShouldBeGreaterThanOrEqualTo(0);
                (variant.OnHand + variant.Reserved + variant.Sold).ShouldBe(variant.Received, $"seed {Seed}");
                variant.Reserved.ShouldBe(lines.Where(line => line.Status == "reserved" && line.Variant == variant.VariantId).Sum(line => line.Pieces), $"seed {Seed}");
                variant.Sold.ShouldBe(lines.Where(line => line.Status == "sold" && line.Variant == variant.VariantId).Sum(line => line.Pieces), $"seed {Seed}");
            }
        });
        // What other tests say that cannot be read is a dead letter, and told as an error.
        foreach (var instance in instances)
            instance.Logs.ShouldNotContain(line => line.Contains("\"@l\":\"Error\"") && (!line.Contains("is a dead letter") || said.Any(id => line.Contains($"{id}"))) || line.Contains("\"@l\":\"Fatal\""));

        static async Task<Guid?> Asked(Task<HttpResponseMessage> request)
        {
            await request;
            return null;
        }
    }
}
