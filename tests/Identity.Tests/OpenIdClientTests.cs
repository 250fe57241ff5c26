using System.Text.Json;
using Kampung.Testing;

namespace Kampung.Identity.Tests;

/// <summary>What other people's OpenID Connect client (npm openid-client) says to us.</summary>
public sealed class OpenIdClientTests(IdentityVillage village)
{
    [Fact]
    public async Task A_web_app_signs_people_in_refreshes_and_signs_them_out()
    {
        var found = await village.NodeAsync("web-app.mjs", village.Issuer, village.RedirectUri, "web@example.com", IdentityVillage.Password);

        var metadata = found.GetProperty("metadata");
        metadata.GetProperty("issuer").GetString().ShouldBe(village.Issuer);
        Strings(metadata, "code_challenge_methods_supported").ShouldBe(["S256"]);
        Strings(metadata, "response_types_supported").ShouldBe(["code"]);
        Strings(metadata, "grant_types_supported").ShouldBe(["authorization_code", "refresh_token", "client_credentials"], ignoreOrder: true);
        Strings(metadata, "id_token_signing_alg_values_supported").ShouldBe(["RS256"]);

        var id = await village.QueryAsync<Guid>("select id from accounts where email = 'web@example.com'");
        id.Version.ShouldBe(7);
        foreach (var claims in new[] { found.GetProperty("access"), found.GetProperty("id") })
        {
            claims.GetProperty("sub").GetGuid().ShouldBe(id);
            claims.GetProperty("name").GetString().ShouldBe("Siti <b>binti</b> Osman");
            claims.GetProperty("email").GetString().ShouldBe("web@example.com");
            claims.GetProperty("role").GetString().ShouldBe("customer");
        }
        var header = found.GetProperty("header");
        (header.GetProperty("alg").GetString(), header.GetProperty("typ").GetString()).ShouldBe(("RS256", "at+jwt"));
        found.GetProperty("expiresIn").GetInt32().ShouldBeInRange(590, 600);
        found.GetProperty("codeAgain").GetString().ShouldBe("invalid_grant");

        found.GetProperty("rotated").GetInt32().ShouldBe(4);
        found.GetProperty("refreshed").GetGuid().ShouldBe(id);
        found.GetProperty("reused").GetString().ShouldBe("invalid_grant");
        Strings(found, "familyAfterwards").ShouldBe(["invalid_grant", "invalid_grant"]);
        found.GetProperty("revoked").GetString().ShouldBe("invalid_grant");

        found.GetProperty("signedOut").GetString().ShouldBe($"{new Uri(new Uri(village.Issuer), "/")}?state=out");
        found.GetProperty("afterwards").GetString().ShouldBe("login_required");
        Strings(found, "refreshedAfterwards").ShouldBe(["invalid_grant", "invalid_grant"]);
        found.GetProperty("thereAfterwards").GetString().ShouldBe("invalid_grant");

        // An ID token of ours opens nothing.
        using var opened = await village.First.Client.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/accounts").With(found.GetProperty("idToken").GetString()));
        (await opened.ShouldBeProblem(401)).GetProperty("detail").GetString().ShouldBe("The token is no access token.");
        village.First.ShouldHaveLoggedNoError();
    }

    [Fact]
    public async Task A_service_gets_a_token_for_its_own_secret()
    {
        var secrets = JsonSerializer.Deserialize<Dictionary<string, string>>(await File.ReadAllTextAsync(Path.Combine(village.Keys, "client-secrets.json")))!;
        secrets.Values.Distinct().Count().ShouldBe(10);

        var found = await village.NodeAsync("service.mjs", village.Issuer, "order-service", secrets["order-service"]);

        var claims = found.GetProperty("payload");
        (claims.GetProperty("sub").GetString(), claims.GetProperty("role").GetString()).ShouldBe(("order-service", "service"));
        found.GetProperty("refresh").ValueKind.ShouldBe(JsonValueKind.Null);
        found.GetProperty("posted").GetString().ShouldBe("bearer");
        found.GetProperty("wrong").GetString().ShouldBe("invalid_client");
    }

    static IEnumerable<string?> Strings(JsonElement found, string name) => found.GetProperty(name).EnumerateArray().Select(value => value.GetString());
}
