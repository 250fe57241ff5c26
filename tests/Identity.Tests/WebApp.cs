using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using System.Web;
using Microsoft.IdentityModel.Tokens;

namespace Kampung.Identity.Tests;

/// <summary>The web app's part of the protocol, by hand, where a test needs to do it differently.</summary>
static class WebApp
{
    public const string Verifier = "a-verifier-of-at-least-forty-three-characters-0123456789";

    public static string Challenge => Base64UrlEncoder.Encode(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(Verifier)));

    public static Dictionary<string, string?> Request(this IdentityVillage village) => new()
    {
        ["client_id"] = "kampung-web",
        ["response_type"] = "code",
        ["redirect_uri"] = village.RedirectUri,
        ["scope"] = "openid profile email roles offline_access",
        ["state"] = "s",
        ["code_challenge"] = Challenge,
        ["code_challenge_method"] = "S256",
    };

    public static string Path(this Dictionary<string, string?> request) =>
        "/identity/authorize" + Microsoft.AspNetCore.Http.QueryString.Create(request.Where(parameter => parameter.Value is not null));

    /// <summary>For somebody who has signed in.</summary>
    public static async Task<string> CodeAsync(this IdentityVillage village, Browser browser)
    {
        var back = (await browser.OpenAsync(village.Request().Path())).Location!;
        back.AbsoluteUri.ShouldStartWith(village.RedirectUri);
        return HttpUtility.ParseQueryString(back.Query)["code"]!;
    }

    public static async Task<JsonElement> TokensAsync(this IdentityVillage village, Browser browser) =>
        await (await browser.Http.PostAsync("/identity/token", new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["client_id"] = "kampung-web", ["grant_type"] = "authorization_code", ["code"] = await village.CodeAsync(browser), ["redirect_uri"] = village.RedirectUri, ["code_verifier"] = Verifier,
        }))).EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>();

    public static Task<HttpResponseMessage> RefreshAsync(this IdentityVillage village, JsonElement tokens, Testing.ServiceProcess? instance = null) =>
        (instance ?? village.First).Client.PostAsync("/identity/token", new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["client_id"] = "kampung-web", ["grant_type"] = "refresh_token", ["refresh_token"] = tokens.GetProperty("refresh_token").GetString()!,
        }));

    public static string KeyOf(JsonElement tokens) =>
        JsonDocument.Parse(Base64UrlEncoder.Decode(tokens.GetProperty("access_token").GetString()!.Split('.')[0])).RootElement.GetProperty("kid").GetString()!;

    /// <summary>The ids of the keys that services would check tokens with.</summary>
    public static async Task<string?[]> KeySetAsync(this Testing.ServiceProcess instance) =>
        [.. (await instance.Client.GetFromJsonAsync<JsonElement>("/identity/.well-known/jwks")).GetProperty("keys").EnumerateArray().Select(key => key.GetProperty("kid").GetString())];

    /// <summary>Checks it as a service does, with the key set alone.</summary>
    public static async Task<bool> AcceptsAsync(this Testing.ServiceProcess instance, IdentityVillage village, JsonElement tokens)
    {
        var keys = new JsonWebKeySet(await instance.Client.GetStringAsync("/identity/.well-known/jwks")).GetSigningKeys();
        return (await new Microsoft.IdentityModel.JsonWebTokens.JsonWebTokenHandler().ValidateTokenAsync(tokens.GetProperty("access_token").GetString(), new()
        {
            ValidIssuer = village.Issuer, ValidAudience = "kampung", IssuerSigningKeys = keys, ValidAlgorithms = ["RS256"], ValidTypes = ["at+jwt"],
        })).IsValid;
    }
}
