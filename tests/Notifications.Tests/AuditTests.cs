using System.Net.Http.Json;
using System.Text.Json;
using Kampung.Testing;

namespace Kampung.Notifications.Tests;

/// <summary>What the village's audit asks.</summary>
public sealed class AuditTests(SharedService shared) : IClassFixture<SharedService>
{
    readonly NotificationService village = shared.Service;

    [Fact]
    public async Task Each_notification_is_tallied_page_by_page()
    {
        var siti = new Someone();
        await village.Publisher.Publishes("customer-registered", siti.Id, siti.Registered);
        await village.Publisher.Publishes("order-confirmed", siti.OrderId, siti.Order());
        await village.Receives(2, siti.Email);

        // Small pages, and other tests tell others meanwhile: what counts is what is said of her. A letter that is in the mailbox is noted as sent a moment later.
        List<JsonElement> all = [];
        await Eventually.Passes(async () => (all = await All("/audit/notifications?limit=3")).Where(tally => tally.GetProperty("customerId").GetGuid() == siti.Id)
            .Select(tally => $"{tally.GetProperty("kind")} {tally.GetProperty("channel")} {tally.GetProperty("state")} {tally.GetProperty("count")}")
            .ShouldBe(["welcome email sent 1", "welcome inApp sent 1", "order-confirmed email sent 1", "order-confirmed inApp sent 1"], ignoreOrder: true));
        all.Single(tally => tally.GetProperty("kind").GetString() == "order-confirmed" && tally.GetProperty("channel").GetString() == "email"
            && tally.GetProperty("about").GetGuid() == siti.OrderId).GetProperty("orderId").GetGuid().ShouldBe(siti.OrderId);
        (await village.Process.Client.GetFromJsonAsync<JsonElement>("/audit/notifications")).GetProperty("keptSince").GetDateTimeOffset()
            .ShouldBe(DateTimeOffset.UtcNow - TimeSpan.FromDays(400), TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task Who_has_left_or_chosen_is_named()
    {
        var (ali, siti, mei) = (new Someone(), new Someone(), new Someone());
        foreach (var someone in new[] { ali, siti, mei }) await village.Publisher.Publishes("customer-registered", someone.Id, someone.Registered);
        foreach (var someone in new[] { ali, siti, mei }) await village.Receives(1, someone.Email);
        await village.Prefers(ali.Id, ["email"], "delivered");
        await village.Publisher.Publishes("customer-deleted", siti.Id, new { customerId = siti.Id });

        await Eventually.Passes(async () => (await All("/audit/unreachables?limit=1"))
            .Where(customer => new[] { ali.Id, siti.Id, mei.Id }.Contains(customer.GetProperty("customerId").GetGuid())).Select(customer => customer.GetRawText())
            .ShouldBe([$$"""{"customerId":"{{ali.Id}}","left":false,"muted":["delivered"],"channels":["email"]}""",
                $$"""{"customerId":"{{siti.Id}}","left":true,"muted":[],"channels":null}"""], ignoreOrder: true));
    }

    async Task<List<JsonElement>> All(string path)
    {
        List<JsonElement> all = [];
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await village.Process.Client.GetFromJsonAsync<JsonElement>($"{path}{(cursor.Length > 0 ? $"&cursor={cursor}" : "")}");
            all.AddRange(page.GetProperty("items").EnumerateArray());
            cursor = page.GetProperty("next").GetString();
        }
        return all;
    }
}
