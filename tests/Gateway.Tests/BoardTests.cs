using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kampung.Gateway.Board;
using Kampung.ServiceDefaults;
using Kampung.Testing;

namespace Kampung.Gateway.Tests;

/// <summary>A gateway that AppHost would have started: an upstream stands for its control endpoint and for every service. It knows neither registry nor config server.</summary>
public sealed class BoardDoor : IAsyncLifetime
{
    readonly TemporaryFolder folder = new();

    public ServiceProcess Gateway { get; private set; } = null!;
    public Upstream Upstream { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Upstream = await Upstream.StartAsync();
        await File.WriteAllTextAsync(folder["control.json"], JsonSerializer.Serialize(new { url = Upstream.Address, token = "secret of the house", processId = 1 }));
        var environment = Upstream.AsEveryService();
        environment["Village__ControlFile"] = folder["control.json"];
        foreach (var (name, value) in TestIssuer.Shared.Settings) environment[name] = value;
        Gateway = await ServiceProcess.StartAsync("Gateway", environment);
    }

    public async ValueTask DisposeAsync()
    {
        if (Gateway is not null) await Gateway.DisposeAsync();
        if (Upstream is not null) await Upstream.DisposeAsync();
        folder.Dispose();
    }
}

/// <summary>What operators reach of the village itself, and nobody else.</summary>
public sealed class BoardTests(BoardDoor door) : IClassFixture<BoardDoor>
{
    static readonly Guid Chief = Guid.CreateVersion7();

    [Theory]
    [InlineData("GET", "/api/village/processes", "/processes")]
    [InlineData("POST", "/api/village/processes/payment-service-2/kill", "/processes/payment-service-2/kill")]
    [InlineData("GET", "/api/village/card-network", "/card-network")]
    [InlineData("PUT", "/api/village/card-network/down", "/card-network/down")]
    public async Task Operators_reach_the_control_endpoint_with_its_token_and_not_with_theirs(string method, string path, string inside)
    {
        door.Upstream.Answers[inside] = """[{"name":"payment-service"}]""";

        using var answer = await SendAsync(method, path, Role.Operator);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await answer.Content.ReadFromJsonAsync<JsonElement>())[0].GetProperty("name").GetString().ShouldBe("payment-service");
        var asked = door.Upstream.Asked.Last(asked => asked.Target == inside);
        asked.Method.ShouldBe(method);
        asked.Headers["Authorization"].ShouldBe("Bearer secret of the house");
    }

    [Theory]
    [InlineData("GET", "/api/village/processes")]
    [InlineData("POST", "/api/village/processes/payment-service/kill")]
    [InlineData("PUT", "/api/village/card-network/down")]
    [InlineData("GET", "/api/village/registry")]
    [InlineData("GET", "/api/village/config/order-service/dev")]
    [InlineData("GET", "/api/village/config/commits")]
    [InlineData("GET", "/api/village/config/files")]
    public async Task Nobody_else_does(string method, string path)
    {
        var before = door.Upstream.Asked.Count;

        (await SendAsync(method, path, role: null)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        foreach (var role in Role.People.Append(Role.Service).Where(role => role != Role.Operator))
            (await SendAsync(method, path, role)).StatusCode.ShouldBe(HttpStatusCode.Forbidden, role);

        door.Upstream.Asked.Count.ShouldBe(before);
    }

    [Theory]
    [InlineData("POST", "/api/village/processes/payment-service/erase")]
    [InlineData("POST", "/api/village/processes/..%2fcard-network/kill")]
    [InlineData("PUT", "/api/village/card-network/away")]
    [InlineData("GET", "/api/village/config/order-service/dev%2f..%2f..")]
    [InlineData("POST", "/api/services/order-service/dead-letters/not-an-id/replay")]
    [InlineData("POST", "/api/services/order-service/dead-letters/0199c0de-0000-7000-8000-000000000001/erase")]
    [InlineData("GET", "/api/services/order-service/metrics")]
    [InlineData("GET", "/api/services/nobody-service/dead-letters")]
    [InlineData("GET", "/api/services/order-service/orders")]
    public async Task Nothing_else_is_reached_by_them(string method, string path)
    {
        var before = door.Upstream.Asked.Count;
        (await SendAsync(method, path, Role.Operator)).StatusCode.ShouldBeOneOf(HttpStatusCode.NotFound, HttpStatusCode.BadRequest, HttpStatusCode.MethodNotAllowed);
        door.Upstream.Asked.Count.ShouldBe(before);
    }

    [Theory]
    [InlineData("pause")]
    [InlineData("stop")]
    public async Task The_gateway_does_not_take_itself_away_from_those_whom_it_serves(string act)
    {
        var before = door.Upstream.Asked.Count;
        (await SendAsync("POST", $"/api/village/processes/gateway/{act}", Role.Operator)).StatusCode.ShouldBe(HttpStatusCode.Conflict);
        door.Upstream.Asked.Count.ShouldBe(before);
    }

    [Theory]
    [InlineData("ConnectionStrings.Postgres", "Host=db", true)]
    [InlineData("connectionstrings.mongo", "mongodb://db", true)]
    [InlineData("Redis.Configuration", "redis:6379,abortConnect=false", true)]
    [InlineData("Auth.ClientSecretFile", "client-secrets.json", true)]
    [InlineData("Smtp.Password", "x", true)]
    [InlineData("WhatsApp.AccessToken", "x", true)]
    [InlineData("Kafka.Sasl.Jaas", "x", true)]
    [InlineData("Payments.ProviderUri", "https://shop:x@cards.example", true)]
    [InlineData("Reports.Database", "Host=db;Password=x", true)]
    [InlineData("Kafka.BootstrapServers", "127.0.0.1:9092", false)]
    [InlineData("Auth.Authority", "http://127.0.0.1:8080/identity", false)]
    [InlineData("Identity.AccessTokenLifetime", "00:10:00", false)]
    [InlineData("Web.Origins[0]", "https://shop.example", false)]
    public void What_is_secret_is_told_from_what_is_not_by_key_and_by_value(string key, string value, bool isSecret)
    {
        var answer = new JsonObject { ["propertySources"] = new JsonArray(new JsonObject { ["name"] = "x.yml", ["source"] = new JsonObject { [key] = value } }) };

        VillageBoard.HideSecrets(answer);

        answer["propertySources"]![0]!["source"]![key]!.GetValue<string>().ShouldBe(isSecret ? "••••" : value);
    }

    [Theory]
    [InlineData("order-service")]
    [InlineData("inventory-service")]
    [InlineData("identity-service")]
    public async Task A_service_s_dead_letters_are_asked_for_by_its_name(string service)
    {
        (await SendAsync("GET", $"/api/services/{service}/dead-letters?limit=5", Role.Operator)).StatusCode.ShouldBe(HttpStatusCode.OK);
        door.Upstream.Asked[^1].Target.ShouldBe("/dead-letters?limit=5");
        (await SendAsync("POST", $"/api/services/{service}/dead-letters/{Chief}/replay", Role.Operator)).StatusCode.ShouldBe(HttpStatusCode.OK);
        door.Upstream.Asked[^1].Target.ShouldBe($"/dead-letters/{Chief}/replay");
        door.Upstream.Asked[^1].Headers["X-Forwarded-Prefix"].ShouldBe($"/api/services/{service}");
    }

    [Fact]
    public async Task What_is_not_there_says_so()
    {
        var registry = await (await SendAsync("GET", "/api/village/registry", Role.Operator)).Content.ReadFromJsonAsync<JsonElement>();
        registry.GetProperty("status").GetInt32().ShouldBe(404);
        registry.GetProperty("detail").GetString()!.ShouldContain("Eureka:Uri");
    }

    async Task<HttpResponseMessage> SendAsync(string method, string path, string? role)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (role is not null) request.Headers.Authorization = new("Bearer", TestIssuer.Shared.Token($"{Chief}", [role]));
        return await door.Gateway.Client.SendAsync(request);
    }
}
