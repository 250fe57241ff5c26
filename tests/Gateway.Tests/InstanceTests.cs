using System.Net;
using Kampung.Testing;

[assembly: AssemblyFixture(typeof(TestPostgres))]

namespace Kampung.Gateway.Tests;

/// <summary>The gateway, the registry and real instances of product-service that come and go.</summary>
public sealed class InstanceTests(TestPostgres postgres)
{
    [Fact]
    public async Task Instances_and_the_registry_come_and_go_and_no_reader_outside_notices()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var registry = await ServiceProcess.StartAsync("Registry", new() { ["Registry__WarmUp"] = "00:00:00" });
        var environment = new Dictionary<string, string?>
        {
            ["Discovery__Provider"] = "eureka",
            ["Eureka__Uri"] = $"{registry.BaseAddress}eureka",
            ["ConnectionStrings__Postgres"] = await postgres.CreateDatabaseAsync("products"),
            ["Kafka__BootstrapServers"] = broker.BootstrapServers,
        };
        await using var first = await ServiceProcess.StartAsync("Products", new(environment));
        // Not every service will be there: it opens once it has found one.
        await using var gateway = await ServiceProcess.StartAsync("Gateway", new(environment) { ["Gateway__StartupPatience"] = "00:00:00", ["Gateway__Limits__Enabled"] = "false", ["Gateway__Cache__Enabled"] = "false", ["Gateway__Validation__Enabled"] = "false" });
        await using var readers = new Readers(gateway.Client, "/api/products?limit=1");
        await Eventually.Is(() => Served(first) > 20);

        await using var second = await ServiceProcess.StartAsync("Products", new(environment));
        await Eventually.Is(() => Served(second) > 20, within: TimeSpan.FromSeconds(15));
        var before = Served(first);
        await Eventually.Is(() => Served(first) > before + 20);

        await second.KillAsync();
        await ServesOn(first);

        await registry.KillAsync();
        await Eventually.Is(() => gateway.Logs.Any(line => line.Contains("The registry gives no good answer", StringComparison.Ordinal)));
        await ServesOn(first);

        // It has forgotten everybody; the first instance tells it again, and then the second one comes back.
        await registry.StartAgainAsync();
        await second.StartAgainAsync();
        var fresh = Served(second);
        await Eventually.Is(() => Served(second) > fresh + 20);

        (await first.StopAsync()).ShouldBe(0);
        await ServesOn(second);
        await readers.DisposeAsync();
        readers.Failures.ShouldBeEmpty();

        await second.KillAsync();
        using var answer = await gateway.Client.GetAsync("/api/products");
        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        answer.Headers.RetryAfter.ShouldNotBeNull();
        using var unsafeAnswer = await gateway.Client.PostAsync("/api/products", new StringContent("{}"));
        unsafeAnswer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);

        await second.StartAgainAsync();
        await Eventually.Is(async () => (await gateway.Client.GetAsync("/api/products")).IsSuccessStatusCode);
    }

    static int Served(ServiceProcess instance) => instance.Logs.Count(line => line.Contains("/products", StringComparison.Ordinal) && line.Contains("answered 200", StringComparison.Ordinal));

    static async Task ServesOn(ServiceProcess instance)
    {
        var before = Served(instance);
        await Eventually.Is(() => Served(instance) > before + 100);
    }

    /// <summary>Reads one address again and again with a few clients at once, until disposed, and notes every answer but 200.</summary>
    sealed class Readers : IAsyncDisposable
    {
        readonly CancellationTokenSource stop = new();
        readonly Task all;
        readonly List<string> failures = [];

        public Readers(HttpClient client, string path) => all = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => ReadAsync(client, path)));

        public IReadOnlyList<string> Failures
        {
            get
            {
                lock (failures) return [.. failures];
            }
        }

        async Task ReadAsync(HttpClient client, string path)
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    using var answer = await client.GetAsync(path);
                    if (answer.StatusCode != HttpStatusCode.OK) Note($"{DateTime.UtcNow:O} {await answer.Content.ReadAsStringAsync()}");
                }
                catch (HttpRequestException e)
                {
                    Note($"{DateTime.UtcNow:O} {e.Message}");
                }
            }
        }

        void Note(string failure)
        {
            lock (failures) failures.Add(failure);
        }

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            await all;
        }
    }
}
