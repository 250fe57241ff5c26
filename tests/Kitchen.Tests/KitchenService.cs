using System.Net.Http.Json;
using System.Text.Json;
using Kampung.Testing;
using Npgsql;

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

    /// <summary>Another kitchen-service with a database and a broker of its own.</summary>
    public Task<KitchenService> StartAsync(Dictionary<string, string?>? settings = null, int instances = 1) => KitchenService.StartAsync(postgres, settings ?? [], instances);

    public async ValueTask DisposeAsync()
    {
        await Kitchen.DisposeAsync();
        await postgres.DisposeAsync();
    }
}

/// <summary>A real kitchen-service on a real PostgreSQL and Broker, and what can be said to it and heard from it. Meals take a moment, and are overdue after another.</summary>
public sealed class KitchenService : IAsyncDisposable
{
    public static readonly TimeSpan PreparationTime = TimeSpan.FromMilliseconds(150), OverdueAfter = TimeSpan.FromMilliseconds(150);

    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    readonly Dictionary<string, TopicReader> topics = [];
    readonly List<ServiceProcess> instances = [];
    readonly Dictionary<string, string?> settings;
    readonly TestBroker broker;
    readonly string database;
    readonly EventPublisher publisher;
    int next;

    KitchenService(TestBroker broker, string database, Dictionary<string, string?> settings)
    {
        (this.broker, this.database, this.settings) = (broker, database, settings);
        publisher = new(broker.BootstrapServers);
        foreach (var topic in new[] { "ticket-accepted", "ticket-overdue", "meal-prepared", "preparation-failed" }) topics[topic] = new(broker.BootstrapServers, topic);
    }

    public static async Task<KitchenService> StartAsync(TestPostgres postgres, Dictionary<string, string?> settings, int instances)
    {
        var database = postgres.CreateDatabaseAsync("kitchen");
        var kitchen = new KitchenService(await TestBroker.StartAsync(), await database, new(settings));
        await Task.WhenAll(Enumerable.Range(0, instances).Select(_ => kitchen.StartInstanceAsync()));
        return kitchen;
    }

    public async Task<ServiceProcess> StartInstanceAsync(Dictionary<string, string?>? more = null)
    {
        Dictionary<string, string?> environment = new(settings)
        {
            ["ConnectionStrings__Postgres"] = database,
            ["Kafka__BootstrapServers"] = broker.BootstrapServers,
            ["Kafka__Partitions"] = "4",
            ["Discovery__Provider"] = "static",
        };
        environment.TryAdd("Kitchen__PreparationTime", $"{PreparationTime}");
        environment.TryAdd("Kitchen__OverdueAfter", $"{OverdueAfter}");
        foreach (var (name, value) in more ?? []) environment[name] = value;
        var instance = await ServiceProcess.StartAsync("Kitchen", environment);
        lock (instances) instances.Add(instance);
        return instance;
    }

    public IReadOnlyList<ServiceProcess> Instances => instances;

    /// <summary>One instance after the other.</summary>
    public HttpClient Http => instances[(int)((uint)Interlocked.Increment(ref next) % instances.Count)].Client;

    public static string NewStall() => $"Satay {Guid.NewGuid():N}";

    public static Order NewOrder(params string[] stalls) =>
        new(Guid.CreateVersion7(), Guid.CreateVersion7(), [.. stalls.Select(stall => new Line("Satay", "10 sticks", stall, 2))]);

    public Task<HttpResponseMessage> PostAsync(string path, object body) => Http.PostAsJsonAsync(path, body);

    public async Task<View> CookAsync(Order order, string? flow = null) => await ReadAsync<View>(await PostAsync("/kitchen/tickets", order.Request(flow)));

    public async Task<View> AskAsync(string verb, Order order) => await ReadAsync<View>(await PostAsync($"/kitchen/tickets/{verb}", new { order.OrderId }));

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

    public async Task<IReadOnlyList<Station>> StationsAsync(string stall) => await GetAsync<List<Station>>($"/kitchen/stations?stall={Uri.EscapeDataString(stall)}");

    /// <summary>A stall with its stations made, by an order that is called off.</summary>
    public async Task<(string Stall, IReadOnlyList<Station> Stations)> OpenStallAsync()
    {
        var stall = NewStall();
        var first = NewOrder(stall);
        await CookAsync(first);
        await AskAsync("cancel", first);
        return (stall, await StationsAsync(stall));
    }

    public async Task<Station> StationAsync(Station station, string verb) =>
        await ReadAsync<Station>(await Http.PostAsync($"/kitchen/stations/{station.Id}/{verb}", null));

    public async Task<T> GetAsync<T>(string path) => await ReadAsync<T>(await Http.GetAsync(path));

    static async Task<T> ReadAsync<T>(HttpResponseMessage answer)
    {
        answer.StatusCode.ShouldBe(System.Net.HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<T>(Json))!;
    }

    /// <returns>The event's id.</returns>
    public Task<Guid> PlacedAsync(Order order, string flow = "choreographed", Guid? id = null) => publisher.Publishes("order-placed", order.OrderId, order.Event(flow), id);

    public Task<Guid> PaidAsync(Order order, string flow = "choreographed", Guid? id = null) => publisher.Publishes("payment-confirmed", order.OrderId,
        new { paymentId = Guid.NewGuid(), order.OrderId, order.CustomerId, amount = 12.50m, currency = "MYR", flow }, id);

    public Task<Guid> EndedAsync(string topic, Order order, string flow = "choreographed") => publisher.Publishes(topic, order.OrderId, order.Event(flow));

    /// <summary>The service has dealt with these events.</summary>
    public Task HeardAsync(params Guid[] events) =>
        Eventually.Is(async () => await QueryAsync<long>("select count(*) from inbox where event_id = any($1)", events) == events.Length);

    /// <summary>Events of a topic about an order, each once and according to its schema.</summary>
    public async Task<IReadOnlyList<JsonElement>> EventsAsync(string topic, Order order, int count)
    {
        var events = await topics[topic].AboutAsync(order.OrderId, count);
        foreach (var fact in events) await fact.ShouldKeepItsContract();
        return [.. events.DistinctBy(fact => fact.Headers["ce_id"]).Select(fact => fact.Body)];
    }

    /// <summary>All that was said about an order when nothing more is on its way: how often on which topic.</summary>
    public async Task<string> SaidAsync(Order order)
    {
        await Eventually.Is(async () => await QueryAsync<long>("select count(*) from outbox") == 0);
        // A marker of the same key comes behind all that was said.
        foreach (var (topic, reader) in topics)
        {
            var marker = $"{await publisher.Publishes(topic, order.OrderId, new { })}";
            await Eventually.Is(() => reader.About(order.OrderId).Any(fact => fact.Headers["ce_id"] == marker));
        }
        return string.Join(", ", from topic in topics
                                 let count = topic.Value.About(order.OrderId).Where(fact => fact.Headers["ce_source"] == "kitchen-service").DistinctBy(fact => fact.Headers["ce_id"]).Count()
                                 where count > 0
                                 select $"{topic.Key} {count}");
    }

    public async Task<T> QueryAsync<T>(string sql, params object[] values)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var topic in topics.Values) topic.Dispose();
        publisher.Dispose();
        await Task.WhenAll(instances.Select(instance => instance.DisposeAsync().AsTask()));
        await broker.DisposeAsync();
    }
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
