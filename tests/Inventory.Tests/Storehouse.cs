using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Kampung.Inventory.Tests;
using Kampung.Testing;

[assembly: AssemblyFixture(typeof(Storehouse))]

namespace Kampung.Inventory.Tests;

/// <summary>A real inventory-service on a real PostgreSQL and Broker, shared by the tests: each has variants and orders of its own.</summary>
public sealed class Storehouse : ServiceFixture
{
    readonly IReadOnlyDictionary<string, string?> settings = new Dictionary<string, string?>();
    readonly Lazy<Task<ServiceProcess>> second;

    public Storehouse() : base("Inventory") => second = new(() => StartAnotherAsync(ConnectionString));

    Storehouse(Dictionary<string, string?> settings, TestPostgres postgres) : base("Inventory", postgres) => (this.settings, second) = (settings, new(() => StartAnotherAsync(ConnectionString)));

    /// <summary>Another instance of it.</summary>
    public Task<ServiceProcess> Second => second.Value;

    protected override IReadOnlyDictionary<string, string?> Settings => settings;

    /// <summary>Another one, with other settings: a database and a broker of its own, so that it hears nobody else.</summary>
    public async Task<Storehouse> ApartAsync(Dictionary<string, string?>? settings = null)
    {
        var apart = new Storehouse(settings ?? [], Postgres);
        await apart.InitializeAsync();
        return apart;
    }

    /// <summary>A variant that the catalogue tells of; returns when it is known here.</summary>
    public async Task<Guid> StockedAsync(int? quantity, string title = "Flower pot")
    {
        var variant = Guid.NewGuid();
        await Tells(variant, quantity, title);
        await Eventually.Is(async () => (await Client.GetAsync($"/stock/{variant}")).IsSuccessStatusCode);
        return variant;
    }

    /// <summary>The catalogue says something of a product with one variant.</summary>
    public Task<Guid> Tells(Guid variant, int? quantity, string title = "Flower pot") => Events.Publishes("product-changed", variant, new
    {
        productId = variant, handle = $"pot-{variant}", title, stall = "Kebun", kind = "stocked", published = true, deleted = false, currency = "MYR",
        variants = new[] { new { variantId = variant, sku = $"SKU-{variant}", title = "", price = 5, stockQuantity = quantity } },
    });

    public Task<Guid> Says(string topic, Wanted order, string flow = "choreographed", Guid? id = null) => Events.Publishes(topic, order.OrderId, new
    {
        order.OrderId, order.CustomerId, flow, currency = "MYR", total = 10, placedAt = DateTimeOffset.UtcNow, reason = "a test",
        lines = order.Lines.Select(line => new { line.VariantId, productId = line.VariantId, title = "Pot", quantity = line.Quantity }),
    }, id);

    public async Task<Stock> StockAsync(Guid variant) => (await Client.GetFromJsonAsync<Stock>($"/stock/{variant}"))!;

    public async Task<List<JsonElement>> PagesAsync(string path, int limit)
    {
        List<JsonElement> items = [];
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await (await Client.GetAsync($"{path}{(path.Contains('?') ? '&' : '?')}limit={limit}&cursor={cursor}")).ShouldBeJson();
            page.GetProperty("items").GetArrayLength().ShouldBeLessThanOrEqualTo(limit);
            items.AddRange(page.GetProperty("items").EnumerateArray());
            cursor = page.GetProperty("next").GetString();
        }
        return items;
    }

    public Task<HttpResponseMessage> AdjustAsync(Guid variant, int delta, string? key = null, string reason = "found behind the shelf", HttpClient? client = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/stock/adjustments") { Content = JsonContent.Create(new { variantId = variant, delta, reason }) };
        request.Headers.Add("Idempotency-Key", key ?? $"{Guid.NewGuid()}");
        return (client ?? Client).SendAsync(request);
    }

    public Task<HttpResponseMessage> ReserveAsync(Wanted order, HttpClient? client = null) => (client ?? Client).PostAsJsonAsync("/reservations", order);

    public async Task<Reservation> ReservedAsync(Wanted order, HttpClient? client = null) => await ReadAsync(await ReserveAsync(order, client));

    public async Task<Reservation> ReleasedAsync(Guid orderId) => await ReadAsync(await Client.DeleteAsync($"/reservations/{orderId}"));

    /// <summary>Null when there is none.</summary>
    public async Task<Reservation?> FindAsync(Guid orderId)
    {
        var answer = await Client.GetAsync($"/reservations/{orderId}");
        return answer.StatusCode == HttpStatusCode.NotFound ? null : await ReadAsync(answer);
    }

    public Task Becomes(Guid orderId, string status) => Eventually.Is(async () => (await FindAsync(orderId))?.Status == status, text: $"{orderId} is {status}");

    /// <summary>What was announced of the order, in its order: waits for so many.</summary>
    public async Task<ReadEvent[]> ToldAsync(string topic, Guid orderId, int count = 1)
    {
        var told = await Topic(topic).AboutAsync(orderId, count);
        foreach (var fact in told) await fact.ShouldKeepItsContract();
        told.Count.ShouldBe(count, topic);
        return [.. told];
    }

    public static async Task<Reservation> ReadAsync(HttpResponseMessage answer) =>
        (await answer.ShouldBeJson()).Deserialize<Reservation>(JsonSerializerOptions.Web)!;
}

/// <summary>An order, as it is sent.</summary>
public sealed record Wanted(Guid OrderId, Guid CustomerId, IReadOnlyList<Line> Lines)
{
    public string? Flow { get; init; }

    public static Wanted Of(Guid variant, int quantity = 1) => Of((variant, quantity));

    public static Wanted Of(params (Guid Variant, int Quantity)[] lines) =>
        new(Guid.CreateVersion7(), Guid.NewGuid(), [.. lines.Select(line => new Line(line.Variant, line.Quantity))]);
}

public sealed record Line(Guid VariantId, int Quantity);

public sealed record Reservation(Guid OrderId, Guid? CustomerId, string Status, string? Reason, IReadOnlyList<Line> Lines);

public sealed record Stock(Guid VariantId, bool Counted, long OnHand, long Reserved, long Sold, long Received)
{
    public (long OnHand, long Reserved, long Sold) Places => (OnHand, Reserved, Sold);
}
