using System.Net;
using Kampung.Testing;
using LibGit2Sharp;

namespace Kampung.Gateway.Tests;

/// <summary>The routes come from the config server and change while the gateway runs: good changes in full, bad ones not at all.</summary>
public sealed class ChangingRoutesTests : IAsyncLifetime
{
    static readonly Guid Order = Guid.CreateVersion7();
    static readonly string BuiltIn = ReadBuiltIn();

    readonly TemporaryFolder folder = new();
    Upstream upstream = null!;
    ServiceProcess configServer = null!, gateway = null!;

    public async ValueTask InitializeAsync()
    {
        LibGit2Sharp.Repository.Init(folder["config"]);
        Commit(BuiltIn);
        upstream = await Upstream.StartAsync();
        configServer = await ServiceProcess.StartAsync("ConfigServer", new() { ["ConfigServer__Repository"] = folder["config"] });
        gateway = await ServiceProcess.StartAsync("Gateway", new(upstream.AsEveryService())
        {
            ["Config__Uri"] = $"{configServer.BaseAddress}",
            ["Config__PollInterval"] = "00:00:00.200",
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (gateway is not null) await gateway.DisposeAsync();
        if (configServer is not null) await configServer.DisposeAsync();
        if (upstream is not null) await upstream.DisposeAsync();
        folder.Dispose();
    }

    [Fact]
    public async Task A_good_change_is_taken_over_and_a_bad_one_leaves_everything_as_it_was()
    {
        (await Cancel()).ShouldBe(HttpStatusCode.OK);
        var without = string.Join('\n', BuiltIn.Split('\n').Where(line => !line.Contains("cancel-order", StringComparison.Ordinal)));
        Commit(without);
        await Eventually.Is(async () => await Cancel() == HttpStatusCode.NotFound);
        (await List()).ShouldBe(HttpStatusCode.OK);

        foreach (var (bad, because) in new[]
        {
            (Route("Match: { Path: \"/api/orders/{id:guid}/cancel\" }"), "its methods must be some of"),
            (Route("Match: { Mehtods: [POST], Path: \"/api/orders/{id:guid}/cancel\" }"), "Mehtods"),
            (Route("Match: { Methods: [POST], Path: \"/api/orders/{**rest}\" }"), "lets anything through"),
            (Route("Match: { Methods: [POST], Path: \"/api/orders/{id}/cancel\" }"), "lets anything through"),
            (Route("Match: { Methods: [POST], Path: \"/api/orders/{id:guid/cancel\" }"), "cancel-order"),
            (Route("Match: { Methods: [POST], Path: \"/payments\" }"), "must begin with /api/"),
            (Route("Match: { Methods: [POST], Path: \"/api/orders/cancel\" }, MaxRequestBodySize: much"), "much"),
            (Route("Match: { Methods: [POST], Path: \"/api/orders/{id:guid}/cancel\" }, Metadata: { Budget: Lots }"), "its budget must be"),
            (Route("Match: { Methods: [POST], Path: \"/api/orders/{id:guid}/cancel\" }, Metadata: { Bugdet: Ordering }"), "Bugdet"),
            (Route("Match: { Methods: [POST], Path: \"/api/orders/{id:guid}/cancel\" }, Metadata: { Cache: \"00:00:01\" }"), "only answers to GET"),
            (BuiltIn.Replace("Public: true, Cache: \"00:00:30\"", "Public: perhaps", StringComparison.Ordinal), "must be true or false"),
            (BuiltIn.Replace("Cache: \"00:00:30\"", "Cache: \"1.00:00:00\"", StringComparison.Ordinal), "an hour at most"),
            (BuiltIn.Replace("Burst: 3000", "Burst: 0", StringComparison.Ordinal), "Gateway:Limits:Browsing"),
            (BuiltIn.Replace("Burst: 3000", "Burst: many", StringComparison.Ordinal), "many"),
            (BuiltIn.Replace("Burst: 3000", "Brust: 3000", StringComparison.Ordinal), "Brust"),
            (BuiltIn.Replace("TrustedProxies: \"\"", "TrustedProxies: \"10.0.0.0/8 proxy\"", StringComparison.Ordinal), "Gateway:TrustedProxies"),
            ("ReverseProxy: { Routes: {} }", "there is none"),
            ("Nothing: here", "there is none"),
        })
        {
            var refusals = Refusals().Count;
            Commit(bad);
            await Eventually.Is(() => Refusals().Count > refusals, text: because);
            Refusals()[^1].ShouldContain(because);
            (await List()).ShouldBe(HttpStatusCode.OK);
            (await Cancel()).ShouldBe(HttpStatusCode.NotFound);
        }

        Commit(BuiltIn);
        await Eventually.Is(async () => await Cancel() == HttpStatusCode.OK);

        (await Limit()).ShouldBe("3000");
        Commit(BuiltIn.Replace("Burst: 3000", "Burst: 1234", StringComparison.Ordinal));
        await Eventually.Is(async () => await Limit() == "1234");
        (await gateway.Client.GetAsync("/health/ready")).StatusCode.ShouldBe(HttpStatusCode.OK);

        // What is kept already lives for the time in force.
        (await Kept()).ShouldBe("gateway; fwd=miss; stored");
        Commit(BuiltIn.Replace("Cache: \"00:00:30\"", "Cache: \"00:50:00\"", StringComparison.Ordinal));
        await Eventually.Is(async () => (await Kept()).StartsWith("gateway; hit; ttl=29", StringComparison.Ordinal) && (await Kept()).Length == "gateway; hit; ttl=29xx".Length);
        Commit(BuiltIn.Replace("Cache: \"00:00:30\"", "Cache: \"00:00:00\"", StringComparison.Ordinal));
        await Eventually.Is(async () => await Kept() == "gateway; fwd=miss; stored" && await Kept() == "gateway; fwd=miss; stored");

        string Route(string rest) => without.Replace("  Routes:\n", $"  Routes:\n    cancel-order: {{ ClusterId: order-service, {rest} }}\n", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_gateway_whose_first_routes_are_bad_does_not_start_and_says_why()
    {
        Commit("Nothing: here");

        await using var second = await ServiceProcess.StartAsync("Gateway", new() { ["Config__Uri"] = $"{configServer.BaseAddress}" }, ready: null);

        (await second.Exited).ShouldBe(1);
        second.Logs.ShouldContain(line => line.Contains("The gateway's routes are not usable: there is none", StringComparison.Ordinal));
    }

    async Task<HttpStatusCode> Cancel() => (await gateway.Client.PostAsync($"/api/orders/{Order}/cancel", null)).StatusCode;

    async Task<HttpStatusCode> List() => (await gateway.Client.GetAsync("/api/orders")).StatusCode;

    async Task<string> Limit()
    {
        using var answer = await gateway.Client.GetAsync("/api/orders");
        return answer.Headers.GetValues("RateLimit-Limit").Single();
    }

    async Task<string> Kept()
    {
        using var answer = await gateway.Client.GetAsync("/api/products?search=satay");
        return answer.Headers.GetValues("Cache-Status").Single();
    }

    List<string> Refusals() => [.. gateway.Logs.Where(line => line.Contains("Changed routes or settings refused", StringComparison.Ordinal))];

    void Commit(string routes)
    {
        using var repository = new LibGit2Sharp.Repository(folder["config"]);
        File.WriteAllText(Path.Combine(folder["config"], "gateway.yml"), routes);
        Commands.Stage(repository, "gateway.yml");
        var author = new Signature("Test", "test@example.com", DateTimeOffset.UtcNow);
        repository.Commit("Change the routes", author, author);
    }

    static string ReadBuiltIn()
    {
        using var file = new StreamReader(typeof(RouteTable).Assembly.GetManifestResourceStream("gateway.yml")!);
        return file.ReadToEnd();
    }
}
