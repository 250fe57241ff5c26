using Kampung.Testing;

[assembly: AssemblyFixture(typeof(Kampung.Delivery.Tests.DeliveryVillage))]

namespace Kampung.Delivery.Tests;

/// <summary>Two instances of delivery-service that most tests share: each has orders of its own, and there are riders enough for all.</summary>
public sealed class DeliveryVillage : IAsyncLifetime
{
    TestPostgres postgres = null!;

    public DeliveryService Deliveries { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        postgres = await TestPostgres.StartAsync();
        Deliveries = await StartAsync(instances: 2);
    }

    /// <summary>Another delivery-service with a database and a Broker of its own.</summary>
    public async Task<DeliveryService> StartAsync(Dictionary<string, string?>? settings = null, int instances = 1)
    {
        settings = new(settings ?? []);
        settings.TryAdd("Delivery__PickUpTime", "00:00:00.1");
        settings.TryAdd("Delivery__TravelTime", "00:00:00.1");
        settings.TryAdd("Delivery__DeliveriesPerRider", "1000");
        foreach (var (i, name) in DeliveryService.Riders.Index()) settings[$"Delivery__Riders__{i}"] = name;
        var service = new DeliveryService();
        await service.StartAsync(postgres, settings, instances);
        return service;
    }

    public async ValueTask DisposeAsync()
    {
        if (Deliveries is not null) await Deliveries.DisposeAsync();
        await postgres.DisposeAsync();
    }
}

/// <summary>A real delivery-service on a real PostgreSQL and Broker. Riders take a moment to come, and another one to the customer.</summary>
public sealed class DeliveryService()
    : Stall("Delivery", "delivery-service", "delivery-assigned", "delivery-picked-up", "delivery-completed", "delivery-failed", "delivery-cancelled")
{
    public static readonly string[] Riders = ["Aminah", "Bala", "Chong"];

    public const string Delivered = "delivery-assigned 1, delivery-picked-up 1, delivery-completed 1";

    public Task<Delivery> DeliverAsync(Order order) => AskAsync<Delivery>("/deliveries", order.Request);

    public Task<Delivery> CancelAsync(Order order) => AskAsync<Delivery>("/deliveries/cancel", new { order.OrderId });

    /// <summary>What the service knows of the order now.</summary>
    public async Task<Delivery> FindAsync(Order order) =>
        await AskAsync<Delivery>("/deliveries/reassign", new { order.OrderId, attempt = 0 }); // of an attempt that never was: it changes nothing

    public Task<Delivery> StatusAsync(Order order, string status) => Eventually.Get(async () =>
        await FindAsync(order) is { } delivery && delivery.Status == status ? delivery : null!, text: $"{order.OrderId} {status}");

    public Task<Guid> PlacedAsync(Order order, bool prepared, string flow = "choreographed", Guid? id = null) =>
        SayAsync("order-placed", order.OrderId, order.Event(prepared, flow), id);

    public Task<Guid> PaidAsync(Order order, string flow = "choreographed", Guid? id = null) => SayAsync("payment-confirmed", order.OrderId,
        new { paymentId = Guid.NewGuid(), order.OrderId, order.CustomerId, amount = 12.50m, currency = "MYR", flow }, id);

    public Task<Guid> PreparedAsync(Order order, int remaining, string flow = "choreographed", Guid? id = null) => SayAsync("meal-prepared", order.OrderId,
        new { ticketId = Guid.NewGuid(), order.OrderId, order.CustomerId, flow, stall = "Satay", station = "Satay 1", remaining }, id);

    public Task<Guid> CancelRequestedAsync(Order order) =>
        SayAsync("order-cancel-requested", order.OrderId, new { order.OrderId, order.CustomerId, flow = "choreographed", reason = "changed my mind" });

    public Task<Guid> EndedAsync(string topic, Order order, string flow = "choreographed") => SayAsync(topic, order.OrderId, order.Event(prepared: true, flow));
}

public sealed record Order(Guid OrderId, Guid CustomerId)
{
    static readonly object Address = new { line1 = "Jalan Alor 1", city = "Kuala Lumpur", postalCode = "50200", country = "MY", label = "home" };

    public static Order New() => new(Guid.CreateVersion7(), Guid.CreateVersion7());

    public object Request => new { OrderId, CustomerId, Address, parcels = new[] { new { title = "Satay", stall = "Satay", quantity = 2, variantTitle = "Ten" } } };

    public object Event(bool prepared, string flow) => new
    {
        OrderId,
        CustomerId,
        flow,
        currency = "MYR",
        total = 7.50m,
        lines = new[] { "stocked", prepared ? "prepared" : "stocked" }.Select(kind => new
        {
            variantId = Guid.NewGuid(), productId = Guid.NewGuid(), title = "Satay", variantTitle = "", stall = "Satay", kind, quantity = 1, unitPrice = 3.75m, lineTotal = 3.75m,
        }),
        address = Address,
        placedAt = DateTimeOffset.UtcNow,
    };
}

public sealed record RiderName(Guid Id, string Name);

public sealed record Rider(Guid Id, string Name, bool OnDuty, int Load);

public sealed record Delivery(
    Guid Id, Guid OrderId, Guid? CustomerId, string Status, RiderName? Rider, int Attempt, string? Reason,
    DateTimeOffset CreatedAt, DateTimeOffset? AssignedAt, DateTimeOffset? PickedUpAt, DateTimeOffset? DeliveredAt);

/// <summary>What a rider needs to know of it.</summary>
public sealed record Errand(Guid OrderId, Address Address, IReadOnlyList<Parcel> Parcels);

public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);
