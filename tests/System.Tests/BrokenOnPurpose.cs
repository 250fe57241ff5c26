using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Kampung.Testing;

namespace Kampung.SystemTests;

/// <summary>A village of its own, in which things are killed while customers order.</summary>
[Collection(BreakableVillageCollection.Name)]
public sealed class BrokenOnPurpose(BreakableVillageFixture village)
{
    static readonly TimeSpan Recovery = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("order-service")]
    [InlineData("payment-service")]
    [InlineData("product-service")]
    [InlineData("customer-service")]
    [InlineData("notification-service")]
    [InlineData("broker")]
    [InlineData("registry")]
    [InlineData("config-server")]
    [InlineData("postgresql")]
    [InlineData("gateway")]
    public async Task Orders_placed_while_something_is_killed_are_paid_once_and_told_once(string victim)
    {
        var shopper = await village.NewShopper();
        var satay = (await shopper.FindsAsync("satay")).GetProperty("id").GetGuid();
        var body = new { lines = new[] { new { variantId = satay, quantity = 1 } }, addressId = shopper.AddressId, paymentToken = Card.Good };
        var keys = Enumerable.Range(0, 6).Select(_ => Guid.NewGuid().ToString()).ToList();

        var placing = keys.Select((key, i) => Task.Run(async () =>
        {
            if (i == 2) await village.Kill(victim);
            return await AcceptedAsync(shopper, body, key);
        })).ToList();
        var ids = await Task.WhenAll(placing);

        ids.Distinct().Count().ShouldBe(keys.Count);
        await Eventually.Passes(async () =>
        {
            var orders = (await shopper.ReadsAsync("/api/orders")).GetProperty("items").EnumerateArray().ToList();
            orders.Count.ShouldBe(keys.Count);
            orders.ShouldAllBe(order => order.GetProperty("status").GetString() == "completed");
            foreach (var id in ids)
            {
                var payment = (await shopper.ReadsAsync($"/api/payments?orderId={id}")).GetProperty("items").EnumerateArray().ShouldHaveSingleItem();
                payment.GetProperty("status").GetString().ShouldBe("succeeded");
            }
        }, Recovery);
        await village.Mailbox.Holds(shopper.Email,
            ["welcome", .. VillageFixture.LettersOfAnOrder.SelectMany(letter => Enumerable.Repeat(letter, keys.Count))], Recovery);
    }

    /// <summary>Places an order as a real client does: the same key again until there is an answer that is not the village's own trouble.</summary>
    static async Task<Guid> AcceptedAsync(Shopper shopper, object body, string key) =>
        await Eventually.Get(async () =>
        {
            using var answer = await shopper.OrdersAsync(body, key: key);
            answer.StatusCode.ShouldBeOneOf(HttpStatusCode.Accepted, HttpStatusCode.OK);
            return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetGuid();
        }, Recovery);
}
