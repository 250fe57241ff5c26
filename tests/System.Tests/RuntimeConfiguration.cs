using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Kampung.Testing;
using LibGit2Sharp;

namespace Kampung.SystemTests;

/// <summary>A commit to the configuration's repository reaches running services; nobody restarts anything.</summary>
[Collection(VillageCollection.Name)]
public sealed class RuntimeConfiguration(VillageFixture village)
{
    [Fact]
    public async Task A_commit_changes_how_many_lines_an_order_may_have()
    {
        var shopper = await village.NewShopper();
        var dishes = (await shopper.ReadsAsync("/api/products?limit=2")).GetProperty("items").EnumerateArray()
            .Select(product => product.GetProperty("variants")[0].GetProperty("id").GetGuid()).ToArray();
        var twoLines = new
        {
            lines = dishes.Select(variantId => new { variantId, quantity = 1 }),
            addressId = shopper.AddressId,
            paymentToken = Card.Good
        };
        (await shopper.OrdersAsync(twoLines)).StatusCode.ShouldBe(HttpStatusCode.Accepted);
        var before = (await village.Village.Control.ProcessAsync("order-service")).Pid;

        using (Committed("order-service.yml", "orders:\n  maxLines: 1\n"))
            await Eventually.Is(async () => (await shopper.OrdersAsync(twoLines)).StatusCode == HttpStatusCode.BadRequest, within: TimeSpan.FromSeconds(10));
        await Eventually.Is(async () => (await shopper.OrdersAsync(twoLines)).StatusCode == HttpStatusCode.Accepted, within: TimeSpan.FromSeconds(10));

        (await village.Village.Control.ProcessAsync("order-service")).Pid.ShouldBe(before);
    }

    [Fact]
    public async Task A_commit_changes_whether_orders_have_a_chief()
    {
        var shopper = await village.NewShopper();
        (await FlowAsync()).ShouldBe("orchestrated");
        using (Committed("order-service.yml", "orders:\n  flow: choreographed\n"))
            await Eventually.Is(async () => await FlowAsync() == "choreographed", within: TimeSpan.FromSeconds(10));
        await Eventually.Is(async () => await FlowAsync() == "orchestrated", within: TimeSpan.FromSeconds(10));

        async Task<string?> FlowAsync() => (await (await shopper.OrdersAsync(1, "satay")).Content.ReadFromJsonAsync<JsonElement>()).GetProperty("flow").GetString();
    }

    /// <summary>Commits the file's new content, and its old one at the end.</summary>
    Reverted Committed(string file, string content)
    {
        var path = Path.Combine(village.Village.ConfigRepository, file);
        var old = File.ReadAllText(path);
        Commit(content);
        return new(() => Commit(old));

        void Commit(string text)
        {
            using var repository = new Repository(village.Village.ConfigRepository);
            File.WriteAllText(path, text);
            Commands.Stage(repository, file);
            var author = new Signature("Test", "test@example.com", DateTimeOffset.UtcNow);
            repository.Commit($"Change {file}", author, author);
        }
    }

    sealed class Reverted(Action revert) : IDisposable
    {
        public void Dispose() => revert();
    }
}
