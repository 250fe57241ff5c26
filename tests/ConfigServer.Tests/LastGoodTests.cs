using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Kampung.Testing;
using Shouldly;

namespace Kampung.ConfigServer.Tests;

public sealed class LastGoodTests : IAsyncLifetime
{
    readonly GitRepository git = new();
    ServiceProcess server = null!;
    string good = "";

    public async ValueTask InitializeAsync()
    {
        good = git.Commit("application.yml", "a: 1");
        server = await ServiceProcess.StartAsync("ConfigServer", new() { ["ConfigServer__Repository"] = git.Path });
    }

    public async ValueTask DisposeAsync()
    {
        await server.DisposeAsync();
        git.Dispose();
    }

    [Theory]
    [InlineData("a: 1\nb: [1, 2\nc: 3\n", "application.yml, line 3")]
    [InlineData("a: 1\na: 2\n", "application.yml, line 2")]
    [InlineData("- a\n- b\n", "application.yml, line 1")]
    [InlineData("spring.config.activate.on-profile: (dev\n", "application.yml, line 1")]
    public async Task A_file_that_cannot_be_read_is_named_with_its_line_and_the_last_good_commit_stays(string yaml, string named)
    {
        (await ReadAsync())["version"]!.GetValue<string>().ShouldBe(good);
        git.Commit("application.yml", yaml);

        var answer = await ReadAsync();
        answer["version"]!.GetValue<string>().ShouldBe(good);
        answer["state"]!.GetValue<string>().ShouldStartWith(named);
        (await server.Client.GetStringAsync("/health/ready")).ShouldContain(named);
        await Eventually.Is(() => server.Logs.Count(line => line.Contains("\"@l\":\"Error\"", StringComparison.Ordinal) && line.Contains(named, StringComparison.Ordinal)) == 1);

        // A server that starts now finds the last good commit in the history.
        await server.KillAsync();
        await server.StartAgainAsync();
        (await ReadAsync())["version"]!.GetValue<string>().ShouldBe(good);

        var repaired = git.Commit("application.yml", "a: 2");
        answer = await ReadAsync();
        answer["version"]!.GetValue<string>().ShouldBe(repaired);
        answer["state"].ShouldBeNull();
    }

    [Fact]
    public async Task While_the_repository_is_away_what_was_read_last_is_served()
    {
        await ReadAsync();
        var hidden = Path.Combine(git.Path, "hidden");
        Directory.Move(Path.Combine(git.Path, ".git"), hidden);

        var answer = await ReadAsync();
        answer["version"]!.GetValue<string>().ShouldBe(good);
        answer["state"]!.GetValue<string>().ShouldContain("repository cannot be read");

        Directory.Move(hidden, Path.Combine(git.Path, ".git"));
        (await ReadAsync())["state"].ShouldBeNull();
    }

    [Fact]
    public async Task A_repository_that_belongs_to_somebody_else_is_read()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "only root can give a folder away");
        using (var chown = Process.Start("chown", ["-R", "4711:4711", git.Path])) await chown.WaitForExitAsync();
        await server.KillAsync();

        await server.StartAgainAsync();

        (await ReadAsync())["version"]!.GetValue<string>().ShouldBe(good);
    }

    async Task<JsonNode> ReadAsync() => (await server.Client.GetFromJsonAsync<JsonNode>("/orders/dev"))!;
}
