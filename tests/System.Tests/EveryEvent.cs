using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Kampung.AppHost;
using Kampung.Testing;

namespace Kampung.SystemTests;

/// <summary>What the services say to each other is what contracts/events promises: here all of it, as it is on the broker while the village works.</summary>
[Collection(VillageCollection.Name)]
public sealed class EveryEvent(VillageFixture village)
{
    /// <summary>Facts that orders without trouble do not have; money is given back only if it was taken before the order was cancelled.</summary>
    static readonly string[] Rare =
    [
        "customer-changed", "customer-deleted", "stock-rejected", "ticket-overdue", "preparation-failed", "delivery-failed", "payment-refunded", "password-reset-requested",
    ];

    static readonly TimeSpan Meal = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Whatever_is_on_the_broker_keeps_its_schema()
    {
        foreach (var flow in new[] { "orchestrated", "choreographed" })
        {
            var shopper = await village.NewShopper();
            var delivered = await PlacesAsync(shopper, flow, Card.Good);
            await PlacesAsync(shopper, flow, Card.Declined);
            var regretted = await PlacesAsync(shopper, flow, Card.Good);
            (await shopper.CancelsAsync(regretted)).IsSuccessStatusCode.ShouldBeTrue();
            await Eventually.Is(async () => await StatusAsync(shopper, delivered) == "completed" && await StatusAsync(shopper, regretted) == "cancelled", Meal);
        }

        var topics = Directory.GetFiles(Path.Combine(Repository.Find().Root, "contracts", "events"), "*.schema.json").Select(file => Path.GetFileName(file)[..^".schema.json".Length]);
        var readers = topics.ToDictionary(topic => topic, topic => new TopicReader(village.Village.Kafka, topic));
        try
        {
            foreach (var (topic, reader) in readers)
            {
                if (!Rare.Contains(topic)) await Eventually.Is(() => reader.All.Count > 0, text: $"there is an event in {topic}");
                foreach (var read in reader.All) await read.ShouldKeepItsContract();
            }
        }
        finally
        {
            foreach (var reader in readers.Values) reader.Dispose();
        }
    }

    static async Task<Guid> PlacesAsync(Shopper shopper, string flow, string card)
    {
        var variant = (await shopper.FindsAsync("satay")).GetProperty("id").GetGuid();
        using var answer = await shopper.OrdersAsync(new { lines = new[] { new { variantId = variant, quantity = 1 } }, addressId = shopper.AddressId, paymentToken = card, flow });
        answer.StatusCode.ShouldBe(HttpStatusCode.Accepted, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetGuid();
    }

    static async Task<string?> StatusAsync(Shopper shopper, Guid order) => (await shopper.ReadsAsync($"/api/orders/{order}")).GetProperty("status").GetString();
}
