using System.Collections.Concurrent;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Confluent.Kafka;
using HdrHistogram;
using Kampung.AppHost;
using Npgsql;

namespace Kampung.Bench;

/// <summary>
/// How many orders a second the whole village carries to <i>completed</i>, with preparation and travel time set to zero: as many as it can while a fixed number is
/// under way; then how long a customer waits for <i>confirmed</i> at half that rate. Beside it, in the same run, what the same PostgreSQL can commit at all,
/// and which process used the processor.
/// </summary>
static class OrdersBench
{
    const int WarmUpSeconds = 90, UnderWay = 32, Customers = 50;

    public static System.CommandLine.Command Verb()
    {
        var seconds = new Option<int>("--seconds") { Description = "How long each is measured, after a minute and a half of warming up.", DefaultValueFactory = _ => 60 };
        var instances = new Option<int[]>("--instances") { Description = "Instances of order-service, one village each.", DefaultValueFactory = _ => [1, 2], AllowMultipleArgumentsPerToken = true };
        var verb = new System.CommandLine.Command("orders", "Orders carried to completed a second, and the time to confirmed, in both flows.") { seconds, instances };
        verb.SetAction((parsed, stop) => RunAsync(parsed.GetValue(instances)!, parsed.GetValue(seconds), stop));
        return verb;
    }

    public static System.CommandLine.Command MemoryVerb()
    {
        var orders = new Option<int>("--orders") { Description = "How many in all.", DefaultValueFactory = _ => 50_000 };
        var verb = new System.CommandLine.Command("memory", "Memory of all processes after 1,000 orders and after many.") { orders };
        verb.SetAction((parsed, stop) => MemoryAsync(parsed.GetValue(orders), stop));
        return verb;
    }

    static async Task RunAsync(int[] instances, int seconds, CancellationToken stop)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} cores, {DateTime.UtcNow:yyyy-MM-dd}"));
        Console.WriteLine();
        Console.WriteLine("| instances of order-service | flow | commits/s of PostgreSQL | confirmed/s | completed/s | at half that rate: p50 / p99 ms to confirmed |");
        Console.WriteLine("|---|---|---|---|---|---|");
        var shares = new List<string>();
        foreach (var count in instances)
        {
            await using var village = await BenchVillage.StartAsync(["--scale", $"order-service={count}"], stop);
            using var load = await OrderLoad.StartAsync(village, Customers, stop);
            foreach (var flow in new[] { "orchestrated", "choreographed" })
            {
                await load.CarryAsync(flow, UnderWay, TimeSpan.FromSeconds(WarmUpSeconds), stop);
                var commits = await CommitsAsync(village.PostgresConnection, TimeSpan.FromSeconds(5), stop);
                var before = await village.ProcessorAsync(stop);
                var (confirmed, completed) = await load.CarryAsync(flow, UnderWay, TimeSpan.FromSeconds(seconds), stop);
                var after = await village.ProcessorAsync(stop);
                shares.Add($"| {count} | {flow} | {load.Repeated} | {Shares(before, after, completed * seconds)} |");
                var latency = await load.ConfirmAsync(flow, Math.Max(1, completed / 2), TimeSpan.FromSeconds(seconds / 2), stop);
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"| {count} | {flow} | {commits:0} | {confirmed:0.0} | {completed:0.0} | {latency.GetValueAtPercentile(50) / 1e3:0} / {latency.GetValueAtPercentile(99) / 1e3:0} |"));
            }
        }
        Console.WriteLine();
        Console.WriteLine("| instances | flow | requests repeated so far | processor time a completed order, ms, while it carried as many as it could |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var share in shares) Console.WriteLine(share);
    }

    static async Task MemoryAsync(int orders, CancellationToken stop)
    {
        await using var village = await BenchVillage.StartAsync([], stop);
        using var load = await OrderLoad.StartAsync(village, Customers, stop);
        await load.CarryAsync("orchestrated", UnderWay, orders: 500, stop);
        await load.CarryAsync("choreographed", UnderWay, orders: 500, stop);
        var first = await village.MemoryAsync(stop);
        await load.CarryAsync("orchestrated", UnderWay, orders: orders / 2 - 500, stop);
        await load.CarryAsync("choreographed", UnderWay, orders: orders / 2 - 500, stop);
        var last = await village.MemoryAsync(stop);
        Console.WriteLine($"| process | PSS MB after 1,000 orders | after {orders:N0} |");
        Console.WriteLine("|---|---|---|");
        foreach (var (name, kilobytes) in first) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {name} | {kilobytes / 1e3:0} | {last.GetValueOrDefault(name) / 1e3:0} |"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| **all** | **{first.Values.Sum() / 1e3:0}** | **{last.Values.Sum() / 1e3:0}** ({(double)last.Values.Sum() / first.Values.Sum():0.00} times) |"));
    }

    /// <summary>The physical scale: transactions of one small row each, from eight connections, like pgbench's.</summary>
    static async Task<double> CommitsAsync(string connection, TimeSpan time, CancellationToken stop)
    {
        await using var server = NpgsqlDataSource.Create(connection);
        await using (var create = server.CreateCommand("create table if not exists bench_commits (id bigint generated always as identity primary key, at timestamptz not null default now())"))
            await create.ExecuteNonQueryAsync(stop);
        var (count, since) = (0, Stopwatch.StartNew());
        await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            await using var session = await server.OpenConnectionAsync(stop);
            await using var insert = new NpgsqlCommand("insert into bench_commits default values", session);
            while (since.Elapsed < time)
            {
                await insert.ExecuteNonQueryAsync(stop);
                Interlocked.Increment(ref count);
            }
        }));
        return count / since.Elapsed.TotalSeconds;
    }

    static string Shares(IReadOnlyDictionary<string, TimeSpan> before, IReadOnlyDictionary<string, TimeSpan> after, double orders) =>
        string.Join(", ", after.Select(process => (process.Key, Used: process.Value - before.GetValueOrDefault(process.Key))).OrderByDescending(process => process.Used)
            .Select(process => string.Create(CultureInfo.InvariantCulture, $"{process.Key} {process.Used.TotalMilliseconds / orders:0.0}")));
}

/// <summary>Customers who order through the gateway, and who hear on the broker what becomes of their orders.</summary>
sealed class OrderLoad : IDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    readonly HttpClient gateway;
    readonly List<(Guid Id, Guid Address)> customers = [];
    readonly List<Guid> variants = [];
    readonly ConcurrentDictionary<string, TaskCompletionSource> completions = new();
    readonly CancellationTokenSource closing = new();
    Task hearing = Task.CompletedTask;
    int next, confirmed, completed, repeated;

    readonly VillageTokens tokens;

    OrderLoad(HttpClient gateway, VillageTokens tokens) => (this.gateway, this.tokens) = (gateway, tokens);

    /// <summary>Requests that were answered 503 and sent once more.</summary>
    public int Repeated => repeated;

    public static async Task<OrderLoad> StartAsync(BenchVillage village, int customers, CancellationToken stop)
    {
        var load = new OrderLoad(new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = 512 }) { BaseAddress = new Uri(village.Gateway), Timeout = Patience }, village.Tokens);
        for (var i = 0; i < customers; i++)
            load.customers.Add(await village.Tokens.MoveInAsync(load.gateway, $"Customer {i}", $"customer-{i}.{Guid.NewGuid():N}@example.com", stop));
        // What is counted runs out: enough of it is put on the shelves first.
        var page = await load.gateway.GetFromJsonAsync<JsonElement>("/api/products?limit=100", stop);
        foreach (var product in page.GetProperty("items").EnumerateArray())
        {
            var variant = product.GetProperty("variants")[0].GetProperty("id").GetGuid();
            load.variants.Add(variant);
            if (product.GetProperty("variants")[0].GetProperty("stockQuantity").ValueKind == JsonValueKind.Number) await village.StockUpAsync(variant, 1_000_000, stop);
        }
        load.hearing = Task.Factory.StartNew(() => load.Hear(village.Kafka), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return load;
    }

    /// <summary>Keeps so many orders under way for a time.</summary>
    /// <returns>Confirmed and completed a second.</returns>
    public async Task<(double Confirmed, double Completed)> CarryAsync(string flow, int underWay, TimeSpan time, CancellationToken stop)
    {
        var (since, started) = (Stopwatch.StartNew(), (confirmed, completed));
        var customers = Task.WhenAll(Enumerable.Range(0, underWay).Select(async _ =>
        {
            while (since.Elapsed < time) await CompleteOneAsync(flow, stop);
        }));
        await Task.Delay(time, stop);
        var (ended, elapsed) = ((confirmed, completed), since.Elapsed.TotalSeconds);
        await customers;
        return ((ended.confirmed - started.confirmed) / elapsed, (ended.completed - started.completed) / elapsed);
    }

    /// <summary>Carries a number of orders, so many under way at a time.</summary>
    public async Task CarryAsync(string flow, int underWay, int orders, CancellationToken stop)
    {
        var left = orders;
        await Task.WhenAll(Enumerable.Range(0, underWay).Select(async _ =>
        {
            while (Interlocked.Decrement(ref left) >= 0) await CompleteOneAsync(flow, stop);
        }));
    }

    /// <summary>Orders at a steady rate, each as soon as its time has come, whatever became of the others.</summary>
    /// <returns>From sending the order to its being confirmed, in microseconds.</returns>
    public async Task<LongHistogram> ConfirmAsync(string flow, double rate, TimeSpan time, CancellationToken stop)
    {
        var histogram = new LongHistogram(TimeSpan.FromMinutes(2).Ticks / 10, 3);
        var since = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, (int)(rate * time.TotalSeconds)).Select(async i =>
        {
            var due = TimeSpan.FromSeconds(i / rate);
            if (due > since.Elapsed) await Task.Delay(due - since.Elapsed, stop);
            await PlaceAsync(flow, wait: true, stop);
            // From when it was due: a village that makes its customers queue is not forgiven.
            lock (histogram) histogram.RecordValue((since.Elapsed - due).Ticks / 10);
        }));
        return histogram;
    }

    async Task CompleteOneAsync(string flow, CancellationToken stop)
    {
        var id = await PlaceAsync(flow, wait: false, stop);
        await completions.GetOrAdd(id, _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task.WaitAsync(Patience, stop);
        completions.TryRemove(id, out _);
    }

    async Task<string> PlaceAsync(string flow, bool wait, CancellationToken stop)
    {
        var (customer, address) = customers[Interlocked.Increment(ref next) % customers.Count];
        var lines = Enumerable.Range(0, 2).Select(i => new { variantId = variants[(next * 7 + i) % variants.Count], quantity = 1 }).DistinctBy(line => line.variantId);
        var key = Guid.NewGuid().ToString();
        using var answer = await SendAsync();
        var order = await answer.Content.ReadFromJsonAsync<JsonElement>(stop);
        if (answer.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.Accepted)) throw new KampungException($"The order was answered {(int)answer.StatusCode}: {order}");
        if (wait && order.GetProperty("status").GetString() is not ("confirmed" or "completed")) throw new KampungException($"The order is {order.GetProperty("status")} after half a minute.");
        return order.GetProperty("id").GetString()!;

        async Task<HttpResponseMessage> SendAsync()
        {
            for (; ; )
            {
                using var request = new HttpRequestMessage(HttpMethod.Post, "/api/orders") { Content = JsonContent.Create(new { lines, addressId = address, paymentToken = "tok_visa", flow }) };
                request.Headers.Add("Idempotency-Key", key);
                request.Headers.Authorization = new("Bearer", await tokens.OfAsync($"{customer}", stop));
                if (wait) request.Headers.Add("Prefer", "wait=30");
                var answer = await gateway.SendAsync(request, stop);
                if (answer.StatusCode != HttpStatusCode.ServiceUnavailable) return answer;
                // As told: once more, with the same key.
                Interlocked.Increment(ref repeated);
                await Task.Delay(answer.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(1), stop);
                answer.Dispose();
            }
        }
    }

    void Hear(string kafka)
    {
        using var consumer = new ConsumerBuilder<string, Ignore>(new ConsumerConfig
        {
            BootstrapServers = kafka, GroupId = $"bench-{Guid.NewGuid():N}", AutoOffsetReset = AutoOffsetReset.Earliest, FetchWaitMaxMs = 20,
        }).Build();
        consumer.Subscribe(["order-confirmed", "order-completed"]);
        while (!closing.IsCancellationRequested)
        {
            if (consumer.Consume(100) is not { Message: { } message } record) continue;
            if (record.Topic == "order-confirmed") Interlocked.Increment(ref confirmed);
            else
            {
                Interlocked.Increment(ref completed);
                completions.GetOrAdd(message.Key, _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
            }
        }
        consumer.Close();
    }

    public void Dispose()
    {
        closing.Cancel();
        hearing.Wait(Patience);
        closing.Dispose();
        gateway.Dispose();
    }
}
