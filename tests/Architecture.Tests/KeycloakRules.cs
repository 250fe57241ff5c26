using System.Text.Json;

namespace Kampung.Architecture.Tests;

/// <summary>The realm for Keycloak is the same as identity-service, and keeps no secret.</summary>
public sealed class KeycloakRules
{
    static readonly string Text = File.ReadAllText(Path.Combine(Repository.Root, "deploy", "keycloak", "kampung-realm.json"));

    static readonly JsonElement Realm = JsonDocument.Parse(Text).RootElement;

    static Dictionary<string, JsonElement> Clients => Realm.GetProperty("clients").EnumerateArray().ToDictionary(client => client.GetProperty("clientId").GetString()!);

    [Fact]
    public void Its_clients_are_the_web_app_AppHost_and_each_service()
    {
        string[] services = ["gateway", .. Repository.Projects("src/services").Select(project => Program(project.Path))];

        Clients.Keys.ShouldBe([.. services, "kampung-web", "village"], ignoreOrder: true);
        foreach (var (name, client) in Clients)
        {
            // With it, an access token says that it is one.
            client.GetProperty("attributes").GetProperty("access.token.header.type.rfc9068").GetString().ShouldBe("true", name);
            client.GetProperty("attributes").GetProperty("access.token.signed.response.alg").GetString().ShouldBe("RS256", name);
            (client.GetProperty("implicitFlowEnabled").GetBoolean(), client.GetProperty("directAccessGrantsEnabled").GetBoolean()).ShouldBe((false, false), name);
            client.GetProperty("publicClient").GetBoolean().ShouldBe(name == "kampung-web", name);
            client.GetProperty("serviceAccountsEnabled").GetBoolean().ShouldBe(name != "kampung-web", name);
        }
        Clients["kampung-web"].GetProperty("attributes").GetProperty("pkce.code.challenge.method").GetString().ShouldBe("S256");

        static string Program(string project) =>
            File.ReadAllText(Path.Combine(Repository.Root, Path.GetDirectoryName(project)!, "Program.cs")).Split("AddServiceDefaults(\"")[1].Split('"')[0];
    }

    [Fact]
    public void Access_tokens_have_our_audience_and_a_role_and_ID_tokens_have_not_our_audience()
    {
        foreach (var (name, client) in Clients)
        {
            var audience = Mapper(client, "oidc-audience-mapper");
            (Said(audience, "included.custom.audience"), Said(audience, "access.token.claim"), Said(audience, "id.token.claim")).ShouldBe(("kampung", "true", "false"), name);
            var role = Mapper(client, name == "kampung-web" ? "oidc-usermodel-realm-role-mapper" : "oidc-hardcoded-claim-mapper");
            (Said(role, "claim.name"), Said(role, "access.token.claim")).ShouldBe(("role", "true"), name);
            if (name != "kampung-web") Said(role, "claim.value").ShouldBe(name == "village" ? "operator" : "service", name);
        }
        Realm.GetProperty("roles").GetProperty("realm").EnumerateArray().Select(role => role.GetProperty("name").GetString())
            .ShouldBe(["customer", "merchant", "kitchen", "rider", "operator", "default-roles-kampung"], "service is no role that a person could be given");
    }

    [Fact]
    public void No_secret_is_in_it()
    {
        foreach (var name in new[] { "\"secret\"", "\"credentials\"", "privateKey", "\"clientSecret\"", "registrationAccessToken", "BEGIN " })
            Text.ShouldNotContain(name, Case.Insensitive);
        Realm.GetProperty("users").GetArrayLength().ShouldBe(0);
    }

    static JsonElement Mapper(JsonElement client, string kind) => client.GetProperty("protocolMappers").EnumerateArray().Single(mapper => mapper.GetProperty("protocolMapper").GetString() == kind);

    static string? Said(JsonElement mapper, string name) => mapper.GetProperty("config").GetProperty(name).GetString();
}
