using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Confluent.Kafka;
using Kampung.Testing;
using Npgsql;

[assembly: AssemblyFixture(typeof(Kampung.Payments.Tests.PaymentVillage))]

namespace Kampung.Payments.Tests;

/// <summary>A real payment-service on a real PostgreSQL and Broker, shared by the tests: each has orders of its own.</summary>
public sealed class PaymentVillage : IAsyncLifetime
{
    // One a database: what choreographed orders say is heard by everybody on a broker.
    readonly Dictionary<string, TestBroker> brokers = [];
    readonly SemaphoreSlim starting = new(1);
    TestPostgres postgres = null!;

    public Till Till { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        postgres = await TestPostgres.StartAsync();
        Till = await StartAsync(new() { ["Sandbox__AnswerTimeout"] = "00:00:00.05" });
    }

    /// <summary>Another payment-service, on a database and a broker of its own unless it shares those of another one.</summary>
    public async Task<Till> StartAsync(Dictionary<string, string?> settings, string? database = null)
    {
        database ??= await postgres.CreateDatabaseAsync("payments");
        var broker = await BrokerOfAsync(database);
        settings["ConnectionStrings__Postgres"] = database;
        settings["Kafka__BootstrapServers"] = broker.BootstrapServers;
        settings["Discovery__Provider"] = "static";
        return new Till(await ServiceProcess.StartAsync("Payments", settings), database, broker.BootstrapServers);
    }

    async Task<TestBroker> BrokerOfAsync(string database)
    {
        await starting.WaitAsync();
        try
        {
            return brokers.TryGetValue(database, out var broker) ? broker : brokers[database] = await TestBroker.StartAsync();
        }
        finally
        {
            starting.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Till is not null) await Till.DisposeAsync();
        foreach (var broker in brokers.Values) await broker.DisposeAsync();
        await postgres.DisposeAsync();
        starting.Dispose();
    }
}

/// <summary>One payment-service, and what its database, the card network's ledger and the broker say about it.</summary>
public sealed class Till(ServiceProcess service, string database, string kafka) : IAsyncDisposable
{
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    public ServiceProcess Service { get; } = service;
    public string Database { get; } = database;
    public HttpClient Http => Service.Client;

    /// <summary>Speaks as order-service and inventory-service do.</summary>
    public EventPublisher Events { get; } = new(kafka);

    /// <summary>A choreographed order that costs what the charge says.</summary>
    public Task Says(string topic, Charge order, string flow = "choreographed") => Events.Publishes(topic, order.OrderId, new
    {
        order.OrderId, order.CustomerId, flow, total = order.Amount, order.Currency, paymentToken = flow == "choreographed" ? order.PaymentToken : null,
        placedAt = DateTimeOffset.UtcNow, reason = "a test", lines = Array.Empty<object>(),
    });

    /// <summary>It is placed, and its stock is set aside.</summary>
    public Task Orders(Charge order) => Task.WhenAll(Says("order-placed", order), Says("stock-reserved", order));

    public static Charge NewCharge(string token = "tok_visa", decimal amount = 12.50m) => new(Guid.NewGuid(), Guid.NewGuid(), amount, "SGD", token);

    public Task<HttpResponseMessage> ChargeAsync(Charge charge) => Http.PostAsJsonAsync("/payments", charge);

    public async Task<Payment> ChargedAsync(Charge charge) => await ReadAsync(await ChargeAsync(charge));

    /// <summary>The payment of the order has this status; null when it has none.</summary>
    public Task Becomes(Charge order, string status) => Eventually.Is(async () => (await FindAsync(order))?.Status == status, text: $"{order.PaymentToken} is {status}");

    public async Task<Payment?> FindAsync(Charge order)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/payments?orderId={order.OrderId}").As(order.CustomerId);
        var page = await (await Http.SendAsync(request)).ShouldBeJson();
        return page.GetProperty("items").Deserialize<Payment[]>(Json)!.SingleOrDefault();
    }

    public Task<HttpResponseMessage> CancelAsync(Charge charge) =>
        Http.PostAsJsonAsync("/payments/cancel", new { charge.OrderId, charge.CustomerId, charge.Amount, charge.Currency });

    public Task<HttpResponseMessage> RefundAsync(Guid payment, decimal? amount = null, string? key = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"/payments/{payment}/refund") { Content = JsonContent.Create(new { amount }) };
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        return Http.SendAsync(request);
    }

    public static async Task<Payment> ReadAsync(HttpResponseMessage answer)
    {
        answer.StatusCode.ShouldBe(System.Net.HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<Payment>(Json))!;
    }

    public async Task<T> QueryAsync<T>(string sql, params object[] values)
    {
        await using var connection = new NpgsqlConnection(Database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <summary>Charges in the card network's own ledger.</summary>
    public Task<long> ChargesAsync(Guid orderId) =>
        QueryAsync<long>("select count(*) from sandbox.charges where reference = $1 and charged_at is not null", orderId);

    /// <summary>What the card network charged for the order less what it gave back.</summary>
    public Task<decimal> BalanceAsync(Guid orderId) => QueryAsync<decimal>(
        """
        select coalesce(sum(amount), 0) - coalesce((select sum(r.amount) from sandbox.refunds r join sandbox.charges c on c.key = r.charge_key where c.reference = $1), 0)
        from sandbox.charges where reference = $1 and charged_at is not null
        """, orderId);

    /// <summary>Every event of the order that was published, in order, once the outbox is empty.</summary>
    public async Task<IReadOnlyList<(string Topic, JsonElement Body)>> EventsAsync(Guid orderId)
    {
        await Eventually.Is(async () => await QueryAsync<long>("select count(*) from outbox") == 0);

        var found = TopicHistory.Of(kafka, ["payment-confirmed", "payment-failed", "payment-refunded"], [orderId]);
        foreach (var (_, _, fact) in found) await fact.ShouldKeepItsContract();
        return [.. found.Select(fact => (fact.Topic, fact.Event.Body))];
    }

    public ValueTask DisposeAsync()
    {
        Events.Dispose();
        return Service.DisposeAsync();
    }
}

public sealed record Charge(Guid OrderId, Guid CustomerId, decimal Amount, string Currency, string PaymentToken);

public sealed record Payment(Guid Id, Guid OrderId, Guid CustomerId, decimal Amount, decimal Refunded, string Currency, string Status, string? Reason);
