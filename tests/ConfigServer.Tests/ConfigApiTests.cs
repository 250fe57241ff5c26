using System.Net;
using System.Text.Json.Nodes;
using Kampung.Testing;
using Shouldly;

namespace Kampung.ConfigServer.Tests;

/// <summary>Questions that change nothing, so that one server answers them all.</summary>
public sealed class ConfigApiTests(ConfigApiTests.Village village) : IClassFixture<ConfigApiTests.Village>
{
    readonly HttpClient client = village.Server.Client;

    public sealed class Village : IAsyncLifetime
    {
        readonly GitRepository git = new();

        public string Old { get; private set; } = "";

        public string Tip { get; private set; } = "";

        public ServiceProcess Server { get; private set; } = null!;

        public async ValueTask InitializeAsync()
        {
            Old = git.Commit("application.yml", "which: old");
            git.Branch("feature/satay");
            git.Tag("v1");
            foreach (var file in new[] { "application-dev.yml", "application-eu.yml", "orders.yml", "orders-dev.yml", "orders-eu.yml" })
                git.Commit(file, $"which: {file}");
            Tip = git.Commit("application.yml", """
                which: application.yml
                version: 1.10
                quoted: "1"
                at: 07:30
                on: true
                none:
                stalls: [{ name: Satay, open: true }, { name: Kopi }]
                empty: []
                "[dotted.name]": x
                ---
                spring.config.activate.on-profile: dev & !eu
                which: only dev
                """);
            File.WriteAllText(Path.Combine(git.Path, "application.yml"), "which: not committed");
            Server = await ServiceProcess.StartAsync("ConfigServer", new() { ["ConfigServer__Repository"] = git.Path });
        }

        public async ValueTask DisposeAsync()
        {
            await Server.DisposeAsync();
            git.Dispose();
        }
    }

    [Fact]
    public async Task Who_changed_what_is_told_with_the_newest_first()
    {
        var changes = (await JsonAsync("/commits")).AsArray();

        changes[0]!["id"]!.GetValue<string>().ShouldBe(village.Tip);
        changes[0]!["files"]!.AsArray().Select(file => file!.GetValue<string>()).ShouldBe(["application.yml"]);
        changes[^1]!["id"]!.GetValue<string>().ShouldBe(village.Old);
        changes.Count.ShouldBe(7);
    }

    [Fact]
    public async Task Each_file_says_which_commit_changed_it_last()
    {
        var files = (await JsonAsync("/commits/files")).AsObject();

        files["application.yml"]!["id"]!.GetValue<string>().ShouldBe(village.Tip);
        files["orders-dev.yml"]!["files"]!.AsArray().Select(file => file!.GetValue<string>()).ShouldBe(["orders-dev.yml"]);
        files.Count.ShouldBe(6);
    }

    [Fact]
    public async Task The_shape_is_Springs()
    {
        var answer = await JsonAsync("/nobody/prod");

        answer.ToJsonString().ShouldBe($$$"""
            {"name":"nobody","profiles":["prod"],"label":"master","version":"{{{village.Tip}}}","state":null,"propertySources":[{"name":"application.yml (document #0)","source":
            {"which":"application.yml","version":1.10,"quoted":"1","at":"07:30","on":true,"none":"","stalls[0].name":"Satay","stalls[0].open":true,"stalls[1].name":"Kopi",
            "empty":"","[dotted.name]":"x"}}]}
            """.ReplaceLineEndings(""));
    }

    [Theory]
    [InlineData("/orders/dev,eu", "orders-eu.yml", "application-eu.yml", "orders-dev.yml", "application-dev.yml", "orders.yml", "application.yml (document #0)")]
    [InlineData("/orders/dev", "orders-dev.yml", "application-dev.yml", "orders.yml", "application.yml (document #1)", "application.yml (document #0)")]
    [InlineData("/orders/default", "orders.yml", "application.yml (document #0)")]
    [InlineData("/application/eu", "application-eu.yml", "application.yml (document #0)")]
    public async Task The_highest_precedence_comes_first(string path, params string[] sources)
    {
        var answer = await JsonAsync(path);

        answer["propertySources"]!.AsArray().Select(source => source!["name"]!.GetValue<string>()).ShouldBe(sources);
    }

    [Theory]
    [InlineData("feature(_)satay")]
    [InlineData("feature%2Fsatay")]
    [InlineData("v1")]
    [InlineData("{old}")]
    public async Task A_label_is_a_branch_a_tag_or_a_commit(string label)
    {
        var answer = await JsonAsync($"/orders/dev/{label.Replace("{old}", village.Old, StringComparison.Ordinal)}");

        answer["version"]!.GetValue<string>().ShouldBe(village.Old);
        answer["propertySources"]![0]!["source"]!["which"]!.GetValue<string>().ShouldBe("old");
    }

    [Theory]
    [InlineData("/orders/dev/nowhere", 404)]
    [InlineData("/orders/dev/--upload-pack=x", 404)]
    [InlineData("/orders/dev/HEAD~1", 404)]
    [InlineData("/orders/dev/master:application.yml", 404)]
    [InlineData("/orders/dev/..(_)..(_)etc", 404)]
    [InlineData("/orders/dev/.git", 404)]
    [InlineData("/orders/dev/0000000000000000000000000000000000000000", 404)]
    [InlineData("/..%2F..%2Fetc/dev", 400)]
    [InlineData("/orders/..%2Fdev", 400)]
    [InlineData("/.git%2Fconfig/dev", 400)]
    [InlineData("/orders/a..b", 400)]
    public async Task What_is_no_name_leads_nowhere(string path, int status)
    {
        var response = await client.GetAsync(path);

        ((int)response.StatusCode).ShouldBe(status);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
    }

    [Fact]
    public async Task Who_has_the_newest_is_told_only_that()
    {
        var first = await client.GetAsync("/orders/dev");
        using var again = new HttpRequestMessage(HttpMethod.Get, "/orders/dev");
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);

        (await client.SendAsync(again)).StatusCode.ShouldBe(HttpStatusCode.NotModified);
    }

    [Fact]
    public async Task It_is_served_as_one_document_too()
    {
        (await client.GetStringAsync("/orders-dev.properties")).ShouldContain("which: orders-dev.yml\n");
        (await client.GetStringAsync("/v1/orders-dev.properties")).ShouldBe("which: old\n");
        var json = JsonNode.Parse(await client.GetStringAsync("/orders-eu.json"))!;
        json["which"]!.GetValue<string>().ShouldBe("orders-eu.yml");
        json["stalls"]!.ToJsonString().ShouldBe("""[{"name":"Satay","open":true},{"name":"Kopi"}]""");
        json["dotted.name"]!.GetValue<string>().ShouldBe("x");
        (await client.GetStringAsync("/some-long-name-eu.yml")).ShouldContain("stalls:\n- name: \"Satay\"\n  open: true\n- name: \"Kopi\"\n");
    }

    async Task<JsonNode> JsonAsync(string path)
    {
        var response = await client.GetAsync(path);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");
        return JsonNode.Parse(await response.Content.ReadAsStringAsync())!;
    }
}
