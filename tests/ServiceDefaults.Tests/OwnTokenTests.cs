using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Kampung.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shouldly;

namespace Kampung.ServiceDefaults.Tests;

public sealed class OwnTokenTests : IAsyncLifetime
{
    readonly Clock clock = new();
    readonly ConcurrentQueue<string> seen = [];
    readonly List<TestApp> apps = [];
    TestIssuer issuer = null!;
    TestApp stall = null!;
    int refuse;

    public sealed class StallClient(HttpClient http)
    {
        public async Task<int> Ask(CancellationToken ct) => (int)(await http.GetAsync("/work", ct)).StatusCode;
    }

    public async ValueTask InitializeAsync()
    {
        issuer = await TestIssuer.StartAsync();
        stall = await StartAsync("stall-service", map: routes => routes.MapGet("/work", (HttpContext http) =>
        {
            seen.Enqueue(http.Request.Headers.Authorization.ToString());
            return Interlocked.Decrement(ref refuse) >= 0 ? Results.StatusCode(401) : Results.Text(http.User.FindFirst("sub")!.Value);
        }).OnlyFor(Role.Service));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var app in apps) await app.DisposeAsync();
        await issuer.DisposeAsync();
    }

    [Fact]
    public async Task A_service_asks_in_its_own_name_with_one_token_for_many_calls()
    {
        var caller = await StartCallerAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => caller.Client.GetStringAsync("/call")));

        answers.ShouldAllBe(answer => answer == "200");
        (issuer.TokensIssued, seen.Distinct().Count()).ShouldBe((1, 1));
        SubjectOf(seen.First()).ShouldBe("order-service");
    }

    [Fact]
    public async Task A_token_is_renewed_in_the_background_at_half_its_life()
    {
        var caller = await StartCallerAsync();
        await caller.Client.GetStringAsync("/call");

        clock.Advance(TimeSpan.FromMinutes(4));
        await caller.Client.GetStringAsync("/call");
        issuer.TokensIssued.ShouldBe(1);
        clock.Advance(TimeSpan.FromMinutes(2));
        await caller.Client.GetStringAsync("/call");

        await Eventually.Is(() => issuer.TokensIssued == 2);
        await Eventually.Is(async () =>
        {
            await caller.Client.GetStringAsync("/call");
            return seen.Last() != seen.First();
        });
    }

    [Fact]
    public async Task While_the_issuer_is_away_the_token_serves_until_it_ends_and_then_the_issuer_is_what_is_missing()
    {
        var caller = await StartCallerAsync();
        await caller.Client.GetStringAsync("/call");
        issuer.Failing = 404;

        clock.Advance(TimeSpan.FromMinutes(8));
        (await caller.Client.GetStringAsync("/call")).ShouldBe("200");

        clock.Advance(TimeSpan.FromMinutes(2));
        using var answer = await caller.Client.GetAsync("/call");
        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("service").GetString().ShouldBe("127.0.0.1");

        issuer.Failing = null;
        (await caller.Client.GetStringAsync("/call")).ShouldBe("200");
        caller.Logs.At(LogLevel.Error).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_service_that_starts_while_the_issuer_is_away_calls_when_it_is_back()
    {
        issuer.Failing = 404;
        var caller = await StartCallerAsync();
        (await caller.Client.GetAsync("/call")).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);

        issuer.Failing = null;
        clock.Advance(TimeSpan.FromSeconds(3));

        (await caller.Client.GetStringAsync("/call")).ShouldBe("200");
    }

    [Fact]
    public async Task A_token_that_is_refused_is_got_anew_once()
    {
        var caller = await StartCallerAsync();
        await caller.Client.GetStringAsync("/call");
        clock.Advance(TimeSpan.FromMinutes(1));

        refuse = 1;
        (await caller.Client.GetStringAsync("/call")).ShouldBe("200");
        issuer.TokensIssued.ShouldBe(2);

        refuse = int.MaxValue;
        for (var i = 0; i < 5; i++) (await caller.Client.GetStringAsync("/call")).ShouldBe("401");
        issuer.TokensIssued.ShouldBe(2, "it was got a moment ago");
    }

    [Fact]
    public async Task A_wrong_secret_is_said_in_the_log()
    {
        var caller = await StartCallerAsync(new() { ["Auth:ClientSecret"] = "guessed" });

        (await caller.Client.GetAsync("/call")).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);

        caller.Logs.At(LogLevel.Warning).ShouldContain(line => line.Contains("invalid_client"));
    }

    [Fact]
    public async Task The_secret_may_be_in_a_file_that_comes_later()
    {
        using var folder = new TemporaryFolder();
        var file = folder["client-secrets.json"];
        var caller = await StartCallerAsync(new() { ["Auth:ClientSecret"] = "", ["Auth:ClientSecretFile"] = file, ["Auth:ClientId"] = "orders" });
        (await caller.Client.GetAsync("/call")).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);

        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(new Dictionary<string, string> { ["orders"] = TestIssuer.ClientSecret }));

        (await caller.Client.GetStringAsync("/call")).ShouldBe("200");
        SubjectOf(seen.Last()).ShouldBe("orders");
    }

    static string SubjectOf(string authorization)
    {
        var payload = authorization.Split('.')[1];
        return JsonDocument.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(payload)).RootElement.GetProperty("sub").GetString()!;
    }

    Task<TestApp> StartCallerAsync(Dictionary<string, string>? settings = null) => StartAsync("order-service", settings,
        builder => builder.AddServiceClient<StallClient>("stall-service"),
        routes => routes.MapGet("/call", (StallClient client, CancellationToken ct) => client.Ask(ct)).AllowAnonymous());

    async Task<TestApp> StartAsync(string name, Dictionary<string, string>? settings = null, Action<WebApplicationBuilder>? add = null, Action<WebApplication>? map = null)
    {
        settings ??= [];
        settings["Auth:Authority"] = issuer.Authority;
        settings.TryAdd("Auth:ClientSecret", TestIssuer.ClientSecret);
        settings["Http:Resilience:Retry:MaxRetryAttempts"] = "1";
        if (stall is not null) settings["Services:stall-service:http:0"] = stall.Address.ToString();
        var app = await TestApp.StartAsync(
            builder =>
            {
                builder.Services.AddSingleton<TimeProvider>(clock);
                add?.Invoke(builder);
            },
            map, settings, name);
        apps.Add(app);
        return app;
    }
}
