using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Kampung.AppHost;
using Kampung.AppHost.Processes;
using Kampung.Testing;
using FreePort = Kampung.Testing.FreePort;

namespace Kampung.Gateway.Tests;

/// <summary>Tokens of an issuer that others wrote (npm's oidc-provider), with its own idea of where roles stand and what they are called; or of the one in KAMPUNG_TEST_OIDC.</summary>
public sealed class ForeignIssuerTests
{
    static readonly string Folder = Path.Combine(Repository.Find().Root, "tests", "Gateway.Tests", "oidc-provider");

    public static string? Given => Environment.GetEnvironmentVariable("KAMPUNG_TEST_OIDC") is { Length: > 0 } text ? text : null;
    public static bool IsGiven => Given is not null;

    [Fact]
    public async Task Tokens_of_another_issuer_open_the_door_and_its_groups_are_roles_here()
    {
        await Npm.InstallAsync(Folder);
        var port = FreePort.Next();
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var provider = ChildProcess.Start(new("node", [Path.Combine(Folder, "provider.mjs")]) { Environment = new Dictionary<string, string?> { ["PORT"] = $"{port}" } }, line =>
        {
            if (line == "ready") ready.TrySetResult();
        });
        try
        {
            (await Task.WhenAny(ready.Task, provider.Exited).WaitAsync(TimeSpan.FromMinutes(1))).ShouldBe(ready.Task);
            var authority = $"http://127.0.0.1:{port}";
            await using var upstream = await Upstream.StartAsync();
            await using var gateway = await ServiceProcess.StartAsync("Gateway", new(upstream.AsEveryService())
            {
                ["Auth__Authority"] = authority,
                ["Auth__RoleClaim"] = "shop.groups",
                ["Auth__Roles__shop-managers"] = "operator",
            });

            var manager = await TokenAsync(authority, "manager", "a secret of the tests", "urn:kampung");
            (await AskAsync(gateway, "/api/orders", manager)).ShouldBe(HttpStatusCode.OK);
            // Past the roles: what it does not know is where the registry is.
            (await AskAsync(gateway, "/api/village/registry", manager)).ShouldBe(HttpStatusCode.NotFound);
            var visitor = await TokenAsync(authority, "visitor", "a secret of the tests", "urn:kampung");
            (await AskAsync(gateway, "/api/orders", visitor)).ShouldBe(HttpStatusCode.OK);
            (await AskAsync(gateway, "/api/village/registry", visitor)).ShouldBe(HttpStatusCode.Forbidden);

            (await AskAsync(gateway, "/api/orders", await TokenAsync(authority, "manager", "a secret of the tests", "urn:elsewhere"))).ShouldBe(HttpStatusCode.Unauthorized);
            // Without a resource it gives tokens that only itself can read.
            (await AskAsync(gateway, "/api/orders", await TokenAsync(authority, "manager", "a secret of the tests", resource: null))).ShouldBe(HttpStatusCode.Unauthorized);
            (await AskAsync(gateway, "/api/orders", TestIssuer.Shared.TokenOfTheVillage)).ShouldBe(HttpStatusCode.Unauthorized);
            (await AskAsync(gateway, "/api/orders", token: null)).ShouldBe(HttpStatusCode.Unauthorized);
        }
        finally
        {
            provider.Kill();
        }
    }

    [Fact(SkipUnless = nameof(IsGiven), Skip = "KAMPUNG_TEST_OIDC names no issuer (AUTHORITY;CLIENT;SECRET, such as a Keycloak with deploy/keycloak's realm) to run this against.")]
    public async Task Tokens_of_the_given_issuer_open_the_door()
    {
        var (authority, client, secret) = Given!.Split(';') is [var a, var b, var c] ? (a.TrimEnd('/'), b, c) : throw new ShouldAssertException("KAMPUNG_TEST_OIDC is AUTHORITY;CLIENT;SECRET.");
        await using var upstream = await Upstream.StartAsync();
        await using var gateway = await ServiceProcess.StartAsync("Gateway", new(upstream.AsEveryService()) { ["Auth__Authority"] = authority });

        (await AskAsync(gateway, "/api/orders", await TokenAsync(authority, client, secret, resource: null))).ShouldBe(HttpStatusCode.OK);
        (await AskAsync(gateway, "/api/orders", TestIssuer.Shared.TokenOfTheVillage)).ShouldBe(HttpStatusCode.Unauthorized);
        (await AskAsync(gateway, "/api/orders", token: null)).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData(null, "Auth:Authority is not set")]
    [InlineData("http://issuer.example/identity", "must be an https address in production")]
    [InlineData("issuer", "must be an address")]
    public async Task In_production_a_gateway_does_not_start_without_an_issuer_whose_keys_nobody_can_change_on_the_way(string? authority, string because)
    {
        await using var gateway = await ServiceProcess.StartAsync("Gateway", new() { ["DOTNET_ENVIRONMENT"] = "Production", ["Auth__Authority"] = authority }, ready: null);

        (await gateway.Exited).ShouldBe(1);
        gateway.Logs.ShouldContain(line => line.Contains(because, StringComparison.Ordinal));
    }

    static async Task<HttpStatusCode> AskAsync(ServiceProcess gateway, string path, string? token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (token is not null) request.Headers.Authorization = new("Bearer", token);
        return (await gateway.Client.SendAsync(request)).StatusCode;
    }

    static async Task<string> TokenAsync(string authority, string client, string secret, string? resource)
    {
        using var http = new HttpClient();
        var document = await http.GetFromJsonAsync<JsonElement>($"{authority}/.well-known/openid-configuration");
        List<KeyValuePair<string, string>> form = [new("grant_type", "client_credentials")];
        if (resource is not null) form.Add(new("resource", resource));
        using var request = new HttpRequestMessage(HttpMethod.Post, document.GetProperty("token_endpoint").GetString()) { Content = new FormUrlEncodedContent(form) };
        // RFC 6749, 2.3.1: both parts encoded as in a form.
        request.Headers.Authorization = new("Basic", Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{Uri.EscapeDataString(client)}:{Uri.EscapeDataString(secret)}")));
        var answer = await (await http.SendAsync(request)).ShouldBeJson();
        return answer.GetProperty("access_token").GetString()!;
    }
}
