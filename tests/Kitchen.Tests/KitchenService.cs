using Kampung.Testing;

[assembly: AssemblyFixture(typeof(Kampung.Kitchen.Tests.KitchenVillage))]

namespace Kampung.Kitchen.Tests;

/// <summary>Two instances of kitchen-service that most tests share: each has orders and stalls of its own.</summary>
public sealed class KitchenVillage : IAsyncLifetime
{
    TestPostgres postgres = null!;

    public KitchenService Kitchen { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        postgres = await TestPostgres.StartAsync();
        Kitchen = await StartAsync(instances: 2);
    }

    /// <summary>Another kitchen-service with a database and a Broker of its own.</summary>
    public async Task<KitchenService> StartAsync(Dictionary<string, string?>? settings = null, int instances = 1)
    {
        settings = new(settings ?? []);
        settings.TryAdd("Kitchen__PreparationTime", $"{KitchenService.PreparationTime}");
        settings.TryAdd("Kitchen__OverdueAfter", $"{KitchenService.OverdueAfter}");
        var kitchen = new KitchenService();
        await kitchen.StartAsync(postgres, settings, instances);
        return kitchen;
    }

    public async ValueTask DisposeAsync()
    {
        if (Kitchen is not null) await Kitchen.DisposeAsync();
        await postgres.DisposeAsync();
    }
}

/// <summary>A real kitchen-service on a real PostgreSQL and Broker. Meals take a moment, and are overdue after another.</summary>
public sealed class KitchenService() : Stall("Kitchen", "kitchen-service", "ticket-accepted", "ticket-overdue", "meal-prepared", "preparation-failed")
{
    public static readonly TimeSpan PreparationTime = TimeSpan.FromMilliseconds(150), OverdueAfter = TimeSpan.FromMilliseconds(150);

    public static string NewStall() => $"Satay {Guid.NewGuid():N}";

    public static Order NewOrder(params string[] stalls) =>
        new(Guid.CreateVersion7(), Guid.CreateVersion7(), [.. stalls.Select(stall => new Line("Satay", "10 sticks", stall, 2))]);

    public Task<View> CookAsync(Order order, string? flow = null) => AskAsync<View>("/kitchen/tickets", order.Request(flow));

    public Task<View> CancelAsync(Order order) => AskAsync<View>("/kitchen/tickets/cancel", new { order.OrderId });

    public Task<View> NudgeAsync(Order order) => AskAsync<View>("/kitchen/tickets/nudge", new { order.OrderId });

    public Task<View> MoveAsync(Order order) => AskAsync<View>("/kitchen/tickets/move", new { order.OrderId });

    /// <summary>The order's tickets, as the list of those who cook has them.</summary>
    public async Task<IReadOnlyList<Ticket>> TicketsAsync(Order order)
    {
        List<Ticket> tickets = [];
        foreach (var stall in order.Lines.Select(line => line.Stall).Distinct())
            tickets.AddRange((await ListAsync($"?stall={Uri.EscapeDataString(stall)}&limit=100")).Items.Where(ticket => ticket.OrderId == order.OrderId));
        return tickets;
    }

    public Task<Page<Ticket>> ListAsync(string query) => GetAsync<Page<Ticket>>($"/kitchen/tickets{query}");

    public Task<Ticket[]> StatusAsync(Order order, string status) => Eventually.Get(async () =>
        await TicketsAsync(order) is { Count: > 0 } tickets && tickets.All(ticket => ticket.Status == status) ? tickets.ToArray() : null!, text: $"all tickets {status}");

    public async Task<IReadOnlyList<Station>> StationsAsync(string stall) => (await GetAsync<Page<Station>>($"/kitchen/stations?stall={Uri.EscapeDataString(stall)}")).Items;

    /// <summary>A stall whose stations exist, and are open or closed.</summary>
    public async Task<(string Stall, IReadOnlyList<Station> Stations)> StallAsync(bool open)
    {
        var stall = NewStall();
        var first = NewOrder(stall);
        await CookAsync(first);
        await CancelAsync(first);
        var stations = await StationsAsync(stall);
        if (!open)
            foreach (var station in stations) (await SetAsync(station, "close")).Open.ShouldBeFalse();
        return (stall, stations);
    }

    public Task<Station> SetAsync(Station station, string openOrClose) => AskAsync<Station>($"/kitchen/stations/{station.Id}/{openOrClose}");

    public Task<Guid> PlacedAsync(Order order, string flow = "choreographed", Guid? id = null) => SayAsync("order-placed", order.OrderId, order.Event(flow), id);

    public Task<Guid> PaidAsync(Order order, string flow = "choreographed", Guid? id = null) => SayAsync("payment-confirmed", order.OrderId,
        new { paymentId = Guid.NewGuid(), order.OrderId, order.CustomerId, amount = 12.50m, currency = "MYR", flow }, id);

    public Task<Guid> EndedAsync(string topic, Order order, string flow = "choreographed") => SayAsync(topic, order.OrderId, order.Event(flow));
}

public sealed record Line(string Title, string? VariantTitle, string Stall, int Quantity, string Kind = "prepared");

public sealed record Order(Guid OrderId, Guid CustomerId, IReadOnlyList<Line> Lines)
{
    public object Request(string? flow = null) =>
        new { OrderId, CustomerId, Flow = flow ?? "orchestrated", Lines = Lines.Select(line => new { line.Title, line.VariantTitle, line.Stall, line.Quantity }) };

    public object Event(string flow) => new
    {
        OrderId,
        CustomerId,
        flow,
        currency = "MYR",
        total = Lines.Sum(line => line.Quantity * 2.50m),
        lines = Lines.Select(line => new
        {
            variantId = Guid.NewGuid(), productId = Guid.NewGuid(), line.Title, line.VariantTitle, line.Stall, line.Kind, line.Quantity,
            unitPrice = 2.50m, lineTotal = line.Quantity * 2.50m,
        }),
        placedAt = DateTimeOffset.UtcNow,
    };
}

public sealed record View(Guid OrderId, string Status, IReadOnlyList<Ticket> Tickets);

public sealed record Ticket(
    Guid Id, Guid OrderId, string Stall, string? Station, string Status, DateTimeOffset? AcceptedAt, DateTimeOffset? DueAt, DateTimeOffset? ReadyAt, int OverdueTimes);

public sealed record Station(Guid Id, string Stall, string Name, bool Open, int Load);

public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);
