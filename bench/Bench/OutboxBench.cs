using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Serialization;
using HdrHistogram;
using Kampung.AppHost;
using Kampung.AppHost.Postgres;
using Kampung.AppHost.Processes;
using Kampung.Messaging;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Kampung.Bench;

/// <summary>
/// How long an event takes from the use case that publishes it to its handler (real PostgreSQL with fsync, real Broker process), and how fast a backlog drains.
/// </summary>
static class OutboxBench
{
    const int WarmUpSeconds = 10;

    public static System.CommandLine.Command Verb()
    {
        var rate = new Option<int>("--rate") { Description = "Events a second.", DefaultValueFactory = _ => 200 };
        var seconds = new Option<int>("--seconds") { Description = "How long, after 10 seconds of warming up.", DefaultValueFactory = _ => 30 };
        var backlog = new Option<int>("--backlog") { Description = "Events in the backlog.", DefaultValueFactory = _ => 50_000 };
        var verb = new System.CommandLine.Command("outbox", "From SaveChanges to the handler: latency at a steady rate, throughput of a backlog.") { rate, seconds, backlog };
        verb.SetAction(parsed => RunAsync(parsed.GetValue(rate), parsed.GetValue(seconds), parsed.GetValue(backlog)));
        return verb;
    }

    static async Task RunAsync(int rate, int seconds, int backlog)
    {
        var folder = Directory.CreateTempSubdirectory("kampung-bench-").FullName;
        try
        {
            await using var postgres = await PostgresServer.StartAsync(Path.Combine(folder, "postgres"));
            var port = FreePort.Next();
            var broker = ChildProcess.Start(new("dotnet", [Repository.Find().Assembly("Broker")])
            {
                Environment = new Dictionary<string, string?>
                {
                    ["Broker__Data"] = Path.Combine(folder, "broker"),
                    ["Broker__Port"] = $"{port}",
                    ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{FreePort.Next()}",
                },
            }, _ => { });
            try
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessorCount} cores, {DateTime.UtcNow:yyyy-MM-dd}"));
                Console.WriteLine();
                await LatencyAsync(await postgres.CreateDatabaseAsync("latency"), $"127.0.0.1:{port}", rate, seconds);
                await BacklogAsync(await postgres.CreateDatabaseAsync("backlog"), $"127.0.0.1:{port}", backlog);
            }
            finally
            {
                await broker.StopAsync(TimeSpan.FromSeconds(10));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static async Task LatencyAsync(string database, string kafka, int rate, int seconds)
    {
        var latency = new LongHistogram(TimeSpan.TicksPerMinute, 3);
        var warm = 0;
        using var host = await StartAsync(database, kafka, "latency", published =>
        {
            if (!published.Measured) warm++;
            else latency.RecordValue(Stopwatch.GetElapsedTime(published.At).Ticks);
        });
        await PublishAsync(host, rate, WarmUpSeconds, measured: false);
        while (Volatile.Read(ref warm) < rate * WarmUpSeconds) await Task.Delay(10);
        await PublishAsync(host, rate, seconds, measured: true);
        while (latency.TotalCount < rate * seconds) await Task.Delay(10);
        await host.StopAsync();

        Console.WriteLine($"From SaveChanges to the handler, {rate} events/s for {seconds} s:");
        Console.WriteLine();
        Console.WriteLine("| p50 ms | p90 ms | p99 ms | max ms |");
        Console.WriteLine("|---|---|---|---|");
        Console.WriteLine($"| {Percentile(50)} | {Percentile(90)} | {Percentile(99)} | {Percentile(100)} |");
        Console.WriteLine();

        string Percentile(double percent) => (latency.GetValueAtPercentile(percent) / (double)TimeSpan.TicksPerMillisecond).ToString("0.0", CultureInfo.InvariantCulture);
    }

    /// <summary>An open loop: each event is published at its time, whether or not the one before it has committed.</summary>
    static async Task PublishAsync(IHost host, int rate, int seconds, bool measured)
    {
        var started = Stopwatch.GetTimestamp();
        var publishing = new List<Task>();
        for (var i = 0; i < rate * seconds; i++)
        {
            var early = TimeSpan.FromSeconds((double)i / rate) - Stopwatch.GetElapsedTime(started);
            if (early > TimeSpan.Zero) await Task.Delay(early);
            publishing.Add(Task.Run(async () =>
            {
                await using var scope = host.Services.CreateAsyncScope();
                var db = scope.ServiceProvider.GetRequiredService<BenchDb>();
                db.Publish(new Published(Guid.CreateVersion7(), Stopwatch.GetTimestamp(), measured));
                await db.SaveChangesAsync();
            }));
        }
        await Task.WhenAll(publishing);
    }

    static async Task BacklogAsync(string database, string kafka, int events)
    {
        await using (var db = new BenchDb(new DbContextOptionsBuilder<BenchDb>().UseNpgsql(database).Options))
        {
            await db.Database.EnsureCreatedAsync();
            var subjects = Enumerable.Range(0, 1000).Select(_ => Guid.CreateVersion7()).ToArray();
            foreach (var chunk in Enumerable.Range(0, events).Chunk(1000))
            {
                foreach (var number in chunk) db.Publish(new Published(subjects[number % subjects.Length], 0, Measured: false));
                await db.SaveChangesAsync();
                db.ChangeTracker.Clear();
            }
        }

        var handled = 0;
        var first = 0L;
        var done = new TaskCompletionSource();
        using var host = await StartAsync(database, kafka, "backlog", published =>
        {
            if (published.At != 0) return; // of the latency benchmark, on the same topic
            if (handled++ == 0) first = Stopwatch.GetTimestamp();
            if (handled == events) done.SetResult();
        });
        await done.Task;
        var took = Stopwatch.GetElapsedTime(first);
        await host.StopAsync();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"A backlog of {events} events, sent and handled (one row written an event) at the same time by one process: {events / took.TotalSeconds:0} events/s."));
    }

    static async Task<IHost> StartAsync(string database, string kafka, string service, Action<Published> hear)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new() { ApplicationName = service });
        builder.Configuration.AddInMemoryCollection([new("Kafka:BootstrapServers", kafka)]);
        builder.Services.AddDbContextPool<BenchDb>(db => db.UseNpgsql(database));
        builder.AddMessaging<BenchDb>(events => events.On<Published>((published, context) =>
        {
            hear(published);
            context.Database<BenchDb>().Effects.Add(new Effect { Id = context.Id });
            return Task.CompletedTask;
        }));
        var host = builder.Build();
        await using (var scope = host.Services.CreateAsyncScope())
            await scope.ServiceProvider.GetRequiredService<BenchDb>().Database.EnsureCreatedAsync();
        await host.StartAsync();
        return host;
    }

    /// <param name="At">Timestamp of this machine's clock when the event was published.</param>
    [Topic("published")]
    sealed record Published(Guid Id, long At, bool Measured) : IEvent
    {
        [JsonIgnore] public Guid Subject => Id;
    }

    sealed class BenchDb(DbContextOptions<BenchDb> options) : DbContext(options)
    {
        public DbSet<Effect> Effects => Set<Effect>();
        protected override void OnModelCreating(ModelBuilder modelBuilder) => modelBuilder.AddMessaging();
    }

    sealed class Effect
    {
        public Guid Id { get; init; }
    }
}
