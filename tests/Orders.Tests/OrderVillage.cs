using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Kampung.Testing;
using Npgsql;

[assembly: AssemblyFixture(typeof(Kampung.Orders.Tests.OrderVillage))]

namespace Kampung.Orders.Tests;

/// <summary>Our own services as real processes on a real PostgreSQL and Broker, shared by the tests; one that breaks something starts processes of its own.</summary>
public sealed class OrderVillage : IAsyncLifetime
{
    const string Catalogue =
        """
        Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Grams,Variant Inventory Qty,Variant Price,Variant Requires Shipping,Variant Taxable
        satay,Satay,<p>Ten sticks</p>,Pak Ali,Food,grill,TRUE,Size,Ten,SAT-10,300,100000,8.50,TRUE,TRUE
        teh-tarik,Teh Tarik,<p>Pulled tea</p>,Mak Cik,Drinks,tea,TRUE,Size,Cup,TEH-1,250,100000,1.80,TRUE,TRUE
        pot,Flower Pot,<p>Clay</p>,Kebun,Garden,pot,TRUE,Size,One,POT-1,900,100000,8.50,TRUE,TRUE
        secret,Secret Dish,<p>Not yet</p>,Pak Ali,Food,secret,TRUE,Size,One,SEC-1,100,50,5.00,TRUE,TRUE
        """;

    readonly Lazy<Task<Shop>> hasty;
    TestPostgres postgres = null!;

    public OrderVillage() => hasty = new(() => OpenAsync(new()
    {
        ["Orders__Flow"] = "choreographed",
        ["Orders__StuckAfter"] = "00:00:00.3",
        ["Orders__IdempotencyKeysKept"] = "00:00:01",
        ["Orders__PlansKept"] = "00:00:01",
        ["Orders__TimelineKept"] = "00:00:02",
    }));

    /// <summary>Nothing listens there.</summary>
    public static readonly string NoBroker = $"127.0.0.1:{FreePort.Next()}";

    TestBroker broker = null!;

    /// <summary>The one that most tests order at. Its card network answers at once.</summary>
    public Shop Shop { get; private set; } = null!;

    /// <summary>Has no chief unless an order asks for one, loses its patience after a third of a second, and forgets in one or two what is over.</summary>
    public Task<Shop> Hasty => hasty.Value;

    public ServiceProcess Customers { get; private set; } = null!;
    public ServiceProcess Products { get; private set; } = null!;
    public ServiceProcess Inventory { get; private set; } = null!;
    public ServiceProcess Payments { get; private set; } = null!;
    public ServiceProcess Kitchen { get; private set; } = null!;

    /// <summary>By hand: an order is confirmed and with a rider until a test moves on.</summary>
    public ServiceProcess Delivery { get; private set; } = null!;
    public string PaymentsDatabase { get; private set; } = "";
    public string KitchenDatabase { get; private set; } = "";
    public string DeliveryDatabase { get; private set; } = "";

    public Guid Satay { get; private set; }
    public Guid TehTarik { get; private set; }

    /// <summary>Not prepared by anybody.</summary>
    public Guid Pot { get; private set; }

    /// <summary>A variant of a product that is not published.</summary>
    public Guid Secret { get; private set; }

    public async ValueTask InitializeAsync()
    {
        var starting = (TestPostgres.StartAsync(), TestBroker.StartAsync());
        (postgres, broker) = (await starting.Item1, await starting.Item2);
        var services = (
            StartAsync("Customers", await postgres.CreateDatabaseAsync("customers")),
            StartAsync("Products", await postgres.CreateDatabaseAsync("products")),
            StartAsync("Inventory", await postgres.CreateDatabaseAsync("inventory")),
            StartAsync("Payments", PaymentsDatabase = await postgres.CreateDatabaseAsync("payments"), new() { ["Sandbox__AnswerTimeout"] = "00:00:00.05" }),
            StartAsync("Kitchen", KitchenDatabase = await postgres.CreateDatabaseAsync("kitchen"), new()
            {
                ["Kitchen__PreparationTime"] = "00:00:00",
                ["Kitchen__OverdueAfter"] = "00:00:01",
            }),
            StartAsync("Delivery", DeliveryDatabase = await postgres.CreateDatabaseAsync("delivery"), new()
            {
                ["Delivery__ByHand"] = "true",
                ["Delivery__Riders__0"] = "Ali",
                ["Delivery__Riders__1"] = "Mei",
                ["Delivery__Attempts"] = "2",
                ["Delivery__DeliveriesPerRider"] = "1000000",
            }));
        (Customers, Products, Inventory) = (await services.Item1, await services.Item2, await services.Item3);
        (Payments, Kitchen, Delivery) = (await services.Item4, await services.Item5, await services.Item6);
        Shop = await OpenAsync();

        await ImportAsync(Catalogue);
        (Satay, TehTarik, Secret) = (await VariantAsync("Satay", "SAT-10"), await VariantAsync("Teh Tarik", "TEH-1"), await VariantAsync("Secret Dish", "SEC-1"));
        Pot = await VariantAsync("Flower Pot", "POT-1");
        await ImportAsync(Catalogue.Replace("secret,TRUE", "secret,FALSE", StringComparison.Ordinal));
        foreach (var variant in new[] { Satay, TehTarik, Pot }) await IsStockedAsync(variant);
    }

    /// <summary>An order-service of its own database, unless one is given.</summary>
    /// <param name="settings">Instead of the village's.</param>
    public async Task<Shop> OpenAsync(Dictionary<string, string?>? settings = null, string? database = null)
    {
        // Shops that share a database share what they hear; one of its own hears everything itself, from now on.
        var isNew = database is null;
        database ??= await postgres.CreateDatabaseAsync("orders");
        var group = $"order-service of {new NpgsqlConnectionStringBuilder(database).Database}";
        if (isNew) TopicHistory.SkipFor(broker.BootstrapServers, group);
        var environment = new Dictionary<string, string?>
        {
            ["Services__customer-service__http__0"] = Address(Customers),
            ["Services__product-service__http__0"] = Address(Products),
            ["Services__inventory-service__http__0"] = Address(Inventory),
            ["Services__payment-service__http__0"] = Address(Payments),
            ["Services__kitchen-service__http__0"] = Address(Kitchen),
            ["Services__delivery-service__http__0"] = Address(Delivery),
            ["Messaging__Service"] = group,
            ["Orders__FirstRetry"] = "00:00:00.05",
            ["Orders__Poll"] = "00:00:00.1",
            // Many tests at once make neighbours slow, and slow is not what these tests are about.
            ["Http__Resilience__TotalRequestTimeout__Timeout"] = "00:00:30",
            ["Http__Resilience__AttemptTimeout__Timeout"] = "00:00:10",
            ["Http__Resilience__CircuitBreaker__SamplingDuration"] = "00:00:30",
            ["Http__Resilience__CircuitBreaker__MinimumThroughput"] = "10000",
        };
        foreach (var (name, value) in settings ?? []) environment[name] = value;
        return new Shop(this, await StartAsync("Orders", database, environment), database, broker.BootstrapServers);
    }

    /// <summary>One more delivery-service, for a shop that asks it: it hears and says nothing, and delivers as soon as it is asked.</summary>
    public async Task<ServiceProcess> StartQuickDeliveryAsync() => await StartAsync("Delivery", await CreateDatabaseAsync("delivery"), new()
    {
        ["Kafka__BootstrapServers"] = NoBroker,
        ["Delivery__PickUpTime"] = "00:00:00",
        ["Delivery__TravelTime"] = "00:00:00",
        ["Delivery__Riders__0"] = "Kim",
        ["Delivery__DeliveriesPerRider"] = "1000",
    });

    /// <summary>One more payment-service, for a shop that asks it: it hears and says nothing, as the village has its own.</summary>
    public Task<ServiceProcess> StartPaymentsAsync(string database, Dictionary<string, string?> settings) =>
        StartAsync("Payments", database, new(settings) { ["Kafka__BootstrapServers"] = NoBroker });

    public Task<string> CreateDatabaseAsync(string name) => postgres.CreateDatabaseAsync(name);

    public static string Address(ServiceProcess service) => service.BaseAddress.ToString().TrimEnd('/');

    /// <summary>Somebody who lives somewhere.</summary>
    public async Task<Customer> NewCustomerAsync()
    {
        var profile = JsonContent.Create(new
        {
            name = "Siti",
            email = $"{Guid.NewGuid():N}@example.com",
            addresses = new[] { new { label = "home", line1 = "12 Jalan Besar", city = "Singapore", postalCode = "208787", country = "SG" } },
        });
        using var answer = await Customers.Client.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/customers") { Content = profile }.As(Guid.CreateVersion7()));
        answer.EnsureSuccessStatusCode();
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return new(body.GetProperty("id").GetGuid(), body.GetProperty("addresses")[0].GetProperty("id").GetGuid());
    }

    /// <summary>A product of a stall of its own.</summary>
    public async Task<(Guid Variant, string Stall)> NewProductAsync(string type = "Food", int stock = 1000)
    {
        var name = $"n{Guid.NewGuid():N}";
        await ImportAsync($"{Catalogue.Split('\n')[0]}\n{name},{name},<p>New</p>,{name},{type},new,TRUE,Size,One,{name},300,{stock},8.50,TRUE,TRUE\n");
        var variant = await VariantAsync(name, name);
        await IsStockedAsync(variant);
        return (variant, name);
    }

    /// <summary>Nothing is cooked there: what is ordered becomes overdue.</summary>
    public Task CloseKitchenAsync(string stall) => Sql.QueryAsync<long>(KitchenDatabase,
        """
        with closed as (insert into stations (id, stall, number, open) select gen_random_uuid(), $1, number, false from generate_series(1, 2) number
                        on conflict (stall, number) do update set open = false returning 1)
        select count(*) from closed
        """, stall);

    public async Task OpenStationAsync(string stall, int number)
    {
        var id = await Sql.QueryAsync<string>(KitchenDatabase, "select id::text from stations where stall = $1 and number = $2", stall, number);
        (await Kitchen.Client.PostAsync($"/kitchen/stations/{id}/open", null)).EnsureSuccessStatusCode();
    }

    /// <summary>What the rider says of the order's delivery: picked-up, delivered, failed.</summary>
    public async Task<HttpResponseMessage> RiderSaysAsync(Guid order, string what)
    {
        var id = await Eventually.Get(() => Sql.QueryAsync<string>(DeliveryDatabase, "select id::text from deliveries where order_id = $1 and status not in ('Held', 'Waiting')", order));
        return await Delivery.Client.PostAsJsonAsync($"/deliveries/{id}/{what}", new { reason = "a flat tyre" });
    }

    public Task<string> DeliveryStatusAsync(Guid order) => Sql.QueryAsync<string>(DeliveryDatabase, "select status from deliveries where order_id = $1", order);

    public async Task<string> ReservationAsync(Guid order) =>
        (await Inventory.Client.GetFromJsonAsync<JsonElement>($"/reservations/{order}")).GetProperty("status").GetString()!;

    public EventPublisher Publisher() => new(broker.BootstrapServers);

    Task IsStockedAsync(Guid variant) => Eventually.Is(async () => (await Inventory.Client.GetAsync($"/stock/{variant}")).IsSuccessStatusCode);

    Task<ServiceProcess> StartAsync(string project, string database, Dictionary<string, string?>? settings = null)
    {
        var environment = new Dictionary<string, string?>(settings ?? []) { ["ConnectionStrings__Postgres"] = database, ["Discovery__Provider"] = "static" };
        environment.TryAdd("Kafka__BootstrapServers", broker.BootstrapServers);
        return ServiceProcess.StartAsync(project, environment);
    }

    async Task ImportAsync(string csv)
    {
        using var answer = await Products.Client.PostAsync("/products/import", new StringContent(csv, Encoding.UTF8, "text/csv"));
        answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
    }

    async Task<Guid> VariantAsync(string title, string sku)
    {
        var page = await Products.Client.GetFromJsonAsync<JsonElement>($"/products?search={Uri.EscapeDataString(title)}&limit=100");
        return (from product in page.GetProperty("items").EnumerateArray()
                from variant in product.GetProperty("variants").EnumerateArray()
                where variant.GetProperty("sku").GetString() == sku
                select variant.GetProperty("id").GetGuid()).First();
    }

    public async ValueTask DisposeAsync()
    {
        if (hasty.IsValueCreated) await (await hasty.Value).DisposeAsync();
        if (Shop is not null) await Shop.DisposeAsync();
        foreach (var service in new[] { Delivery, Kitchen, Payments, Inventory, Products, Customers })
            if (service is not null) await service.DisposeAsync();
        await broker.DisposeAsync();
        await postgres.DisposeAsync();
    }
}

public sealed record Customer(Guid Id, Guid AddressId);

public sealed record Entry(int Sequence, string Who, string What, string? Detail, string? Step, int? Attempt, string? TraceId, string? Topic, Guid? EventId);

public sealed record OrderAnswer(Guid Id, Guid CustomerId, string Status, string? Reason, string Flow, bool CancelRequested, string Currency, decimal Total, IReadOnlyList<JsonElement> Lines, IReadOnlyList<Entry>? Timeline);

/// <summary>One order-service and its database.</summary>
public sealed class Shop(OrderVillage village, ServiceProcess service, string database, string kafka) : IAsyncDisposable
{
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public ServiceProcess Service { get; } = service;
    public string Database { get; } = database;

    public static readonly string[] Topics = ["order-placed", "order-confirmed", "order-rejected", "order-cancelled", "order-completed", "order-cancel-requested"];

    public object Body(Customer customer, string token = "tok_visa", int quantity = 2) =>
        new { lines = new[] { new { variantId = village.Satay, quantity } }, addressId = customer.AddressId, paymentToken = token };

    /// <summary>Orders two of a product, in that flow or the village's own.</summary>
    public async Task<OrderAnswer> OrderAsync(Customer customer, Guid variant, string? flow = null, string token = "tok_visa", int? wait = null)
    {
        object body = new { lines = new[] { new { variantId = variant, quantity = 2 } }, addressId = customer.AddressId, paymentToken = token, flow };
        var key = Guid.NewGuid().ToString();
        return await Eventually.Get(async () =>
        {
            using var answer = await PlaceAsync(customer, body, key, wait);
            answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
            return await ReadAsync(answer);
        });
    }

    public async Task<HttpResponseMessage> PlaceAsync(Customer customer, object body, string? key = null, int? wait = null, string? prefix = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/orders") { Content = JsonContent.Create(body) };
        request.Headers.Add("Idempotency-Key", key ?? Guid.NewGuid().ToString());
        if (wait is not null) request.Headers.Add("Prefer", $"wait={wait}");
        if (prefix is not null) request.Headers.Add("X-Forwarded-Prefix", prefix);
        return await SendAsync(customer, request);
    }

    /// <summary>Places an order and reads it, whatever has become of it so far. Comes back with the same key when told to (503), as clients do.</summary>
    public Task<OrderAnswer> PlacedAsync(Customer customer, string token = "tok_visa", int? wait = null)
    {
        var key = Guid.NewGuid().ToString();
        return Eventually.Get(async () =>
        {
            using var answer = await PlaceAsync(customer, Body(customer, token), key, wait);
            answer.IsSuccessStatusCode.ShouldBeTrue(await answer.Content.ReadAsStringAsync());
            return await ReadAsync(answer);
        });
    }

    public async Task<HttpResponseMessage> SendAsync(Customer customer, HttpRequestMessage request)
    {
        return await Service.Client.SendAsync(request.As(customer.Id), HttpCompletionOption.ResponseHeadersRead);
    }

    public Task<HttpResponseMessage> GetAsync(Customer customer, string path) => SendAsync(customer, new(HttpMethod.Get, path));

    public Task<HttpResponseMessage> CancelAsync(Customer customer, Guid order, int wait = 30) =>
        SendAsync(customer, new(HttpMethod.Post, $"/orders/{order}/cancel") { Headers = { { "Prefer", $"wait={wait}" } } });

    public async Task<OrderAnswer> GetAsync(Customer customer, Guid order) => await ReadAsync(await GetAsync(customer, $"/orders/{order}"));

    /// <summary>Waits until the timeline says so.</summary>
    public Task<OrderAnswer> SaysAsync(Customer customer, Guid order, string what) => Eventually.Get(async () =>
    {
        var answer = await GetAsync(customer, order);
        return answer.Timeline!.Any(entry => entry.What == what) ? answer : throw new ShouldAssertException($"it says {string.Join(" / ", answer.Timeline!)}");
    });

    /// <summary>Waits until the order has this status.</summary>
    public Task<OrderAnswer> EndsAsync(Customer customer, Guid order, string status) => Eventually.Get(async () =>
    {
        var answer = await GetAsync(customer, order);
        return answer.Status == status ? answer : throw new ShouldAssertException($"it is {answer.Status}: {string.Join(" / ", answer.Timeline!)}");
    });

    public static async Task<OrderAnswer> ReadAsync(HttpResponseMessage answer) => (await answer.Content.ReadFromJsonAsync<OrderAnswer>(Json))!;

    public Task<T> QueryAsync<T>(string sql, params object[] values) => Sql.QueryAsync<T>(Database, sql, values);

    /// <summary>Orders, plans, keys and timeline entries of a customer, by hand.</summary>
    public Task<long> SavedAsync(Customer customer) => QueryAsync<long>(
        "select (select count(*) from orders where customer_id = $1) + (select count(*) from idempotency_keys where customer_id = $1)", customer.Id);

    /// <summary>Topics of the facts that were announced about an order, in order, once the outbox is empty.</summary>
    public async Task<IReadOnlyList<string>> FactsAsync(Guid order) => [.. (await FactsAsync([order]))[order]];

    public async Task<ILookup<Guid, string>> FactsAsync(IReadOnlyList<Guid> orders)
    {
        await Eventually.Is(async () => await QueryAsync<long>("select count(*) from outbox") == 0);
        return TopicHistory.Of(kafka, Topics, orders).ToLookup(record => record.Key, record => record.Topic);
    }

    /// <summary>What operators see of orders that do not come further.</summary>
    public async Task<IReadOnlyList<JsonElement>> StuckAsync() =>
        [.. (await Service.Client.GetFromJsonAsync<JsonElement>("/orders/stuck")).GetProperty("items").EnumerateArray()];

    public IReadOnlyList<ReadEvent> Published(Guid order) => [.. TopicHistory.Of(kafka, Topics, [order]).Select(record => record.Event)];

    public ValueTask DisposeAsync() => Service.DisposeAsync();
}

static class Sql
{
    public static async Task ExecuteAsync(string database, string sql)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    public static async Task<T> QueryAsync<T>(string database, string sql, params object[] values)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return (T)Convert.ChangeType((await command.ExecuteScalarAsync())!, typeof(T), CultureInfo.InvariantCulture);
    }
}

/// <summary>What the card network itself says.</summary>
static class Ledger
{
    public static Task<long> ChargesAsync(string payments, Guid order) =>
        Sql.QueryAsync<long>(payments, "select count(*) from sandbox.charges where reference = $1 and charged_at is not null", order);

    /// <summary>Charged less given back.</summary>
    public static Task<decimal> BalanceAsync(string payments, Guid order) => Sql.QueryAsync<decimal>(payments,
        """
        select coalesce(sum(amount), 0) - coalesce((select sum(r.amount) from sandbox.refunds r join sandbox.charges c on c.key = r.charge_key where c.reference = $1), 0)
        from sandbox.charges where reference = $1 and charged_at is not null
        """, order);
}
