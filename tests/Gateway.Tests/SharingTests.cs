using System.Diagnostics;
using System.Net;
using Kampung.Testing;

namespace Kampung.Gateway.Tests;

/// <summary>Two gateways that share a Redis. Only the first one hears events.</summary>
public sealed class SharedDoors : IAsyncLifetime
{
    public ServiceProcess First { get; private set; } = null!;
    public ServiceProcess Second { get; private set; } = null!;
    public Upstream Upstream { get; private set; } = null!;
    public TestBroker Broker { get; private set; } = null!;
    public TestRedis Redis { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Upstream = await Upstream.StartAsync();
        Redis = await TestRedis.StartAsync();
        Broker = await TestBroker.StartAsync();
        var environment = new Dictionary<string, string?>(Upstream.AsEveryService())
        {
            ["Redis__Configuration"] = Redis.Configuration,
            ["Gateway__Limits__Ordering__Rate"] = "0.1",
            ["Gateway__Limits__Ordering__Burst"] = "20",
            ["Gateway__Validation__Enabled"] = "false",
        };
        First = await ServiceProcess.StartAsync("Gateway", new(environment) { ["Kafka__BootstrapServers"] = Broker.BootstrapServers });
        Second = await ServiceProcess.StartAsync("Gateway", new(environment));
        await Eventually.Is(() => First.Logs.Any(line => line.Contains("listens to", StringComparison.Ordinal)));
        await Eventually.Is(() => Said("is there") == 2);
    }

    /// <summary>How many lines of both are about Redis and say this.</summary>
    public int Said(string text) => First.Logs.Concat(Second.Logs).Count(line => line.Contains("Redis at ", StringComparison.Ordinal) && line.Contains(text, StringComparison.Ordinal));

    public async ValueTask DisposeAsync()
    {
        if (First is not null) await First.DisposeAsync();
        if (Second is not null) await Second.DisposeAsync();
        if (Redis is not null) await Redis.DisposeAsync();
        if (Broker is not null) await Broker.DisposeAsync();
        if (Upstream is not null) await Upstream.DisposeAsync();
    }
}

public sealed class SharingTests(SharedDoors doors) : IClassFixture<SharedDoors>
{
    readonly string path = $"/api/products?search={Guid.NewGuid():N}";

    [Fact]
    public async Task A_client_has_one_budget_at_all_gateways()
    {
        await Eventually.Passes(() => HaveOneBudget());

        using var other = LimitTests.From("127.3.0.2", doors.Second.BaseAddress);
        (await other.PostAsync("/api/orders", null)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task What_one_gateway_was_told_the_other_gives_again_until_either_hears_of_a_change()
    {
        (await Status(doors.First)).ShouldBe("gateway; fwd=miss; stored");
        (await Status(doors.Second)).ShouldStartWith("gateway; hit");
        Times().ShouldBe(1);

        (await doors.Second.Client.DeleteAsync($"/api/products/{Guid.NewGuid()}")).EnsureSuccessStatusCode();
        await Eventually.Is(async () => await Status(doors.First) == "gateway; fwd=miss; stored");
        (await Status(doors.Second)).ShouldStartWith("gateway; hit");
        Times().ShouldBe(2);

        using var publisher = new EventPublisher(doors.Broker.BootstrapServers);
        var product = Guid.CreateVersion7();
        await publisher.Publishes("product-changed", product, new { productId = product });
        await Eventually.Is(async () => await Status(doors.Second) == "gateway; fwd=miss; stored");
    }

    [Fact]
    public async Task Without_Redis_each_gateway_goes_by_what_it_knows_and_with_it_again_they_share()
    {
        var (gone, there) = (doors.Said("does not answer"), doors.Said("is there"));
        foreach (var (leave, comeBack) in new (Func<Task>, Func<Task>)[]
        {
            (() => Do(doors.Redis.Pause), () => Do(doors.Redis.Resume)),
            (doors.Redis.KillAsync, doors.Redis.StartAgainAsync),
        })
        {
            await leave();
            // Each has the whole budget now.
            var address = $"127.3.1.{Random.Shared.Next(1, 250)}";
            foreach (var gateway in new[] { doors.First, doors.Second })
            {
                using var client = LimitTests.From(address, gateway.BaseAddress);
                var since = Stopwatch.StartNew();
                for (var i = 0; i < 20; i++) (await client.PostAsync("/api/orders", null)).StatusCode.ShouldBe(HttpStatusCode.OK);
                (await client.PostAsync("/api/orders", null)).StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
                await Status(gateway);
                (await Status(gateway)).ShouldStartWith("gateway; hit");
                since.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(10));
            }
            await Eventually.Is(() => doors.Said("does not answer") == gone + 2);

            await comeBack();
            await Eventually.Is(() => doors.Said("is there") == there + 2);
            doors.Said("does not answer").ShouldBe(gone + 2);
            (gone, there) = (gone + 2, there + 2);
            // What was kept meanwhile may be what somebody changed unheard.
            await Eventually.Is(async () => await Status(doors.First) == "gateway; fwd=miss; stored");
            await Eventually.Passes(() => HaveOneBudget());
        }

        static Task Do(Action action)
        {
            action();
            return Task.CompletedTask;
        }
    }

    // A machine that is very busy may leave Redis without an answer for a second, and each gateway to itself: that is no other budget.
    async Task HaveOneBudget()
    {
        var address = $"127.3.{Random.Shared.Next(2, 250)}.{Random.Shared.Next(1, 250)}";
        using var first = LimitTests.From(address, doors.First.BaseAddress);
        using var second = LimitTests.From(address, doors.Second.BaseAddress);

        var answers = await Task.WhenAll(Enumerable.Range(0, 60).Select(i => (i % 2 == 0 ? first : second).PostAsync("/api/orders", null)));

        answers.Count(answer => answer.StatusCode == HttpStatusCode.OK).ShouldBe(20);
        answers.Where(answer => answer.StatusCode == HttpStatusCode.OK).Select(answer => answer.Headers.GetValues("RateLimit-Remaining").Single()).Distinct().Count().ShouldBe(20);
        var refusal = answers.First(answer => answer.StatusCode == HttpStatusCode.TooManyRequests);
        refusal.Headers.RetryAfter!.Delta!.Value.TotalSeconds.ShouldBeInRange(1, 10);
        refusal.Headers.GetValues("RateLimit-Policy").Single().ShouldBe("20;w=200");
    }

    async Task<string> Status(ServiceProcess gateway)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Host = "shop" } };
        using var answer = await gateway.Client.SendAsync(request);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        return answer.Headers.GetValues("Cache-Status").Single();
    }

    int Times() => doors.Upstream.Asked.Count(asked => asked.Target == path["/api".Length..]);
}
