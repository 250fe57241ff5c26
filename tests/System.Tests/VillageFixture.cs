using System.Text.Json;
using Kampung.Testing;

namespace Kampung.SystemTests;

/// <summary>A running village, where its letters and its spans go to, and what tests ask of it.</summary>
public class VillageFixture : IAsyncLifetime
{
    Village village = null!;

    public ZipkinCollector Spans { get; private set; } = null!;
    public Mailbox Mailbox { get; private set; } = null!;
    public HttpClient Gateway => village.Gateway;
    public Village Village => village;

    public async ValueTask InitializeAsync()
    {
        Spans = await ZipkinCollector.StartAsync();
        village = await Village.StartAsync(
            "--set", $"Tracing:Zipkin:Endpoint={Spans.Endpoint}",
            "--set", "Kitchen:PreparationTime=00:00:00.2", "--set", "Delivery:PickUpTime=00:00:00.2", "--set", "Delivery:TravelTime=00:00:00.2");
        Mailbox = new Mailbox(village.Mailbox);
    }

    public async ValueTask DisposeAsync()
    {
        if (village is not null) await village.DisposeAsync();
        if (Spans is not null) await Spans.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>What a customer is told of an order of something prepared that goes well.</summary>
    public static readonly string[] LettersOfAnOrder = ["payment-receipt", "order-confirmed", "meal-ready", "on-its-way", "delivered"];

    public Task<Shopper> NewShopper() => Shopper.RegistersAsync(Village);

    /// <summary>What one service shows to another.</summary>
    public async Task<string> ServiceTokenAsync()
    {
        const string Client = "order-service";
        var secrets = JsonSerializer.Deserialize<Dictionary<string, string>>(await File.ReadAllTextAsync(Path.Combine(Village.Data.Identity, "client-secrets.json")))!;
        using var form = new FormUrlEncodedContent([new("grant_type", "client_credentials"), new("client_id", Client), new("client_secret", secrets[Client])]);
        using var answer = await Gateway.PostAsync("/identity/token", form);
        return (await answer.ShouldBeJson()).GetProperty("access_token").GetString()!;
    }

    public async Task ShouldHaveNoOrdersOf(Shopper shopper)
    {
        JsonElement orders = await shopper.ReadsAsync("/api/orders");
        orders.GetProperty("items").GetArrayLength().ShouldBe(0);
    }
}

[CollectionDefinition(Name)]
public sealed class VillageCollection : ICollectionFixture<VillageFixture>
{
    public const string Name = "village";
}
