using System.Net.Http.Json;
using System.Text.Json;
using Kampung.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.ServiceDiscovery;
using Shouldly;

namespace Kampung.ServiceDefaults.Tests;

public sealed class DiscoveryTests : IAsyncLifetime
{
    readonly List<TestApp> apps = [];
    ServiceProcess registry = null!;

    public sealed class StallClient(HttpClient http)
    {
        public Task<string> WhoAreYou() => http.GetStringAsync("/me");
    }

    public async ValueTask InitializeAsync()
    {
        registry = await ServiceProcess.StartAsync("Registry", new() { ["Registry__WarmUp"] = "00:00:02" });
        await Eventually.Is(async () =>
        {
            using var answer = await registry.Client.GetAsync("/eureka/apps");
            return answer.IsSuccessStatusCode;
        });
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var app in apps) await app.DisposeAsync();
        await registry.DisposeAsync();
    }

    [Fact]
    public async Task A_name_in_any_case_finds_all_instances_in_turn()
    {
        var (first, second, caller) = (await StartStallAsync(), await StartStallAsync(), await StartCallerAsync("STALL-Service"));

        await Eventually.Is(async () => (await AskAsync(caller, 4)).SetEquals([first.Address.ToString(), second.Address.ToString()]));
    }

    [Fact]
    public async Task The_last_list_stays_good_while_the_registry_is_dead()
    {
        var (stall, caller) = (await StartStallAsync(), await StartCallerAsync());
        await Eventually.Is(async () => (await AskAsync(caller, 1)).Count == 1);

        await registry.KillAsync();
        await Eventually.Is(() => caller.Logs.At(LogLevel.Warning).Any(line => line.Contains("what it said last stays in use", StringComparison.Ordinal)));

        (await AskAsync(caller, 20)).ShouldBe([stall.Address.ToString()]);

        await registry.StartAgainAsync();
        // It has forgotten everybody, and says so to nobody until everybody had time to register again.
        await Eventually.Is(async () =>
        {
            (await AskAsync(caller, 1)).ShouldBe([stall.Address.ToString()]);
            return await IsListedAsync("stall-service");
        });
        (await AskAsync(caller, 5)).ShouldBe([stall.Address.ToString()]);
        caller.Logs.At(LogLevel.Warning).Count(line => line.Contains("stays in use", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task Resolving_never_throws_however_the_registry_is()
    {
        await registry.KillAsync();
        var caller = await StartCallerAsync();

        var found = await caller.Services.GetRequiredService<ServiceEndpointResolver>().GetEndpointsAsync("http://stall-service", TestContext.Current.CancellationToken);

        found.Endpoints.ShouldBeEmpty();
        await registry.StartAgainAsync();
        await StartStallAsync();
        await Eventually.Is(() => found.ChangeToken.HasChanged);
    }

    [Fact]
    public async Task A_process_is_listed_once_it_is_ready()
    {
        var health = new SwitchedHealth();
        await StartStallAsync(builder => builder.Services.AddHealthChecks().AddCheck("switched", health));
        await Eventually.Is(() => health.Asked > 2);
        (await IsListedAsync("stall-service")).ShouldBeFalse();

        health.Healthy = true;

        await Eventually.Is(() => IsListedAsync("stall-service"));
    }

    [Fact]
    public async Task A_stopping_process_leaves_the_registry_before_it_stops_answering()
    {
        var (entered, leave) = (new TaskCompletionSource(), new TaskCompletionSource());
        var stall = await StartStallAsync(map: routes => routes.MapGet("/slow", async () =>
        {
            entered.SetResult();
            await leave.Task;
            return "done";
        }));
        await Eventually.Is(() => IsListedAsync("stall-service"));
        var slow = stall.Client.GetStringAsync("/slow");
        await entered.Task;

        var stopping = stall.StopAsync();
        await Eventually.Is(async () => !await IsListedAsync("stall-service")); // long before its lease ends

        slow.IsCompleted.ShouldBeFalse();
        leave.SetResult();
        (await slow).ShouldBe("done");
        await stopping;
    }

    [Fact]
    public async Task A_process_that_stops_while_it_registers_is_not_left_behind()
    {
        var (sent, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        var port = FreePort.Next();
        await using var tunnel = new Tunnel(port, registry.BaseAddress.Port, text =>
        {
            if (!text.StartsWith("POST", StringComparison.Ordinal)) return Task.CompletedTask;
            sent.TrySetResult();
            return goOn.Task;
        });
        var stall = Keep(await TestApp.StartAsync(settings: new(Settings) { ["Eureka:Uri"] = $"http://127.0.0.1:{port}/eureka" }, name: "stall-service"));
        await sent.Task;

        var stopping = stall.StopAsync();
        goOn.SetResult();
        await stopping;

        await Eventually.Is(() => registry.Logs.Any(line => line.Contains("has left", StringComparison.Ordinal)));
        (await IsListedAsync("stall-service")).ShouldBeFalse();
    }

    async Task<TestApp> StartStallAsync(Action<WebApplicationBuilder>? add = null, Action<WebApplication>? map = null) => Keep(await TestApp.StartAsync(add, routes =>
    {
        routes.MapGet("/me", (HttpContext http) => $"http://127.0.0.1:{http.Connection.LocalPort}/");
        map?.Invoke(routes);
    }, Settings, "stall-service"));

    async Task<TestApp> StartCallerAsync(string name = "stall-service") => Keep(await TestApp.StartAsync(
        builder => builder.AddServiceClient<StallClient>(name),
        routes => routes.MapGet("/ask", (StallClient client) => client.WhoAreYou()),
        Settings, "caller-service"));

    TestApp Keep(TestApp app)
    {
        apps.Add(app);
        return app;
    }

    Dictionary<string, string> Settings => new()
    {
        ["Discovery:Provider"] = "eureka",
        ["Eureka:Uri"] = $"{registry.BaseAddress}eureka",
        ["Eureka:PollInterval"] = "00:00:00.200",
        ["Eureka:RenewalInterval"] = "00:00:01",
        ["Eureka:LeaseDuration"] = "00:05:00",
        ["Http:Resilience:Retry:MaxRetryAttempts"] = "1",
    };

    static async Task<HashSet<string>> AskAsync(TestApp caller, int times)
    {
        var answers = new HashSet<string>();
        for (var i = 0; i < times; i++) answers.Add(await caller.Client.GetStringAsync("/ask"));
        return answers;
    }

    async Task<bool> IsListedAsync(string name)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/eureka/apps");
        request.Headers.Accept.ParseAdd("application/json");
        using var response = await registry.Client.SendAsync(request);
        if (!response.IsSuccessStatusCode) return false; // it warms up
        var apps = (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("applications").GetProperty("application");
        return apps.EnumerateArray().Any(app => name.Equals(app.GetProperty("name").GetString(), StringComparison.OrdinalIgnoreCase));
    }

    sealed class SwitchedHealth : IHealthCheck
    {
        public bool Healthy { get; set; }

        public int Asked { get; private set; }

        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            Asked++;
            return Task.FromResult(Healthy ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy());
        }
    }
}
