using Kampung.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Shouldly;

namespace Kampung.ServiceDefaults.Tests;

public sealed class ConfigTests : IAsyncLifetime
{
    readonly GitRepository git = new();
    readonly List<TestApp> apps = [];
    ServiceProcess server = null!;

    public sealed class StallOptions
    {
        public int MaxLines { get; set; }
        public string Name { get; set; } = "";
        public List<string> Tags { get; set; } = [];
    }

    public async ValueTask InitializeAsync()
    {
        git.Commit("application.yml", "Stall: { MaxLines: 1, Name: everyone, Tags: [a, b, c] }");
        server = await ServiceProcess.StartAsync("ConfigServer", new() { ["ConfigServer__Repository"] = git.Path });
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var app in apps) await app.DisposeAsync();
        await server.DisposeAsync();
        git.Dispose();
    }

    [Fact]
    public async Task A_commit_reaches_a_running_process()
    {
        var stall = await StartAsync();
        Options(stall).MaxLines.ShouldBe(1);

        git.Commit("stall-service.yml", "Stall: { MaxLines: 7 }");

        await Eventually.Is(() => Options(stall).MaxLines == 7);
        Options(stall).Name.ShouldBe("everyone");
    }

    [Fact]
    public async Task A_log_level_changes_without_a_restart()
    {
        var stall = await StartAsync(map: routes => routes.MapGet("/log", (ILogger<ConfigTests> log) => log.LogDebug("whisper")));
        await stall.Client.GetAsync("/log");
        stall.Logs.All.ShouldNotContain(line => line.Contains("whisper", StringComparison.Ordinal));

        git.Commit("stall-service.yml", "Logging.LogLevel:\n  \"[Kampung.ServiceDefaults.Tests]\": Debug");

        await Eventually.Is(async () =>
        {
            await stall.Client.GetAsync("/log");
            return stall.Logs.All.Any(line => line.Contains("whisper", StringComparison.Ordinal));
        });
    }

    [Fact]
    public async Task The_last_good_values_stay_while_the_server_is_away()
    {
        var stall = await StartAsync();
        await server.KillAsync();
        await Eventually.Is(() => Complaints(stall).Any());

        git.Commit("stall-service.yml", "Stall: { MaxLines: 7 }");
        Options(stall).MaxLines.ShouldBe(1);

        await server.StartAgainAsync();
        await Eventually.Is(() => Options(stall).MaxLines == 7);
        Complaints(stall).Count().ShouldBe(1); // one line, however often it was asked
    }

    [Theory]
    [InlineData("Stall: { MaxLines: many }", "MaxLines")] // not a number
    [InlineData("Http.Resilience.AttemptTimeout: { Timeout: never }", "AttemptTimeout")]
    public async Task A_value_that_cannot_be_used_is_refused_and_the_last_good_ones_stay(string yaml, string named)
    {
        var stall = await StartAsync(builder => builder.AddServiceClient<HttpClientOfNobody>("nobody"));
        stall.Services.GetRequiredService<HttpClientOfNobody>();

        git.Commit("stall-service.yml", yaml + "\nStall2.Name: new");

        await Eventually.Is(() => Complaints(stall).Any());
        Complaints(stall).ShouldHaveSingleItem().ShouldContain(named);
        Options(stall).MaxLines.ShouldBe(1);
        stall.Services.GetRequiredService<IConfiguration>()["Stall2:Name"].ShouldBeNull();

        git.Commit("stall-service.yml", "Stall: { MaxLines: 9 }");
        await Eventually.Is(() => Options(stall).MaxLines == 9);
    }

    [Fact]
    public async Task The_profile_wins_over_the_service_and_the_command_line_over_all()
    {
        git.Commit("stall-service.yml", "Stall: { MaxLines: 2, Name: service, Tags: [d] }");
        git.Commit("application-dev.yml", "Stall: { MaxLines: 3, Name: dev }");

        var options = Options(await StartAsync(settings: new() { ["Stall:Name"] = "mine" }));

        options.MaxLines.ShouldBe(3);
        options.Name.ShouldBe("mine");
        options.Tags.ShouldBe(["d"]); // a list is taken whole
    }

    [Fact]
    public async Task Without_configuration_a_process_does_not_start()
    {
        await server.KillAsync();

        var failure = await Should.ThrowAsync<InvalidOperationException>(() => StartAsync(settings: new()
        {
            ["Config:Retry:MaxAttempts"] = "3",
            ["Config:Retry:InitialInterval"] = "00:00:00.050",
        }));

        failure.Message.ShouldContain("no configuration after 3 attempts");
        failure.Message.ShouldContain(server.BaseAddress.ToString());
    }

    [Fact]
    public async Task It_waits_for_a_server_that_comes_later()
    {
        await server.KillAsync();

        var starting = StartAsync();
        await server.StartAgainAsync();

        Options(await starting).MaxLines.ShouldBe(1);
    }

    [Fact]
    public async Task Told_so_it_starts_without_and_takes_the_configuration_later()
    {
        await server.KillAsync();
        var stall = await StartAsync(settings: new() { ["Config:FailFast"] = "false" });
        Options(stall).MaxLines.ShouldBe(0);

        await server.StartAgainAsync();

        await Eventually.Is(() => Options(stall).MaxLines == 1);
    }

    public sealed class HttpClientOfNobody(HttpClient http)
    {
        public HttpClient Http => http;
    }

    async Task<TestApp> StartAsync(Action<WebApplicationBuilder>? add = null, Action<WebApplication>? map = null, Dictionary<string, string>? settings = null)
    {
        settings ??= [];
        settings["Config:Uri"] = server.BaseAddress.ToString();
        settings["Config:PollInterval"] = "00:00:00.200";
        var app = await Task.Run(() => TestApp.StartAsync(builder =>
        {
            builder.Services.Configure<StallOptions>(builder.Configuration.GetSection("Stall"));
            add?.Invoke(builder);
        }, map, settings, "stall-service"));
        apps.Add(app);
        _ = Options(app);
        return app;
    }

    static StallOptions Options(TestApp app) => app.Services.GetRequiredService<IOptionsMonitor<StallOptions>>().CurrentValue;

    static IEnumerable<string> Complaints(TestApp app) => app.Logs.At(LogLevel.Warning).Where(line => line.Contains("the last good one stays in use", StringComparison.Ordinal));
}
