using System.Security.Claims;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Kampung.ServiceDefaults.Auth;

/// <summary>What a token says about who carries it, in our words.</summary>
static class TokenClaims
{
    public const string Issuer = "iss", Subject = "sub", Name = "name", Email = "email", Role = "role", Stall = "stall", Client = "client_id";

    static readonly string[] Kept = [Issuer, Subject, Name, Email, Client, Stall];

    public static ClaimsPrincipal Of(JsonWebToken token, AuthOptions options)
    {
        using var payload = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(token.EncodedPayload));
        var identity = new ClaimsIdentity(BearerTokens.Scheme, Name, Role);
        foreach (var name in Kept)
            if (payload.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String) identity.AddClaim(new(name, value.GetString()!));
        foreach (var role in RolesIn(payload.RootElement, options)) identity.AddClaim(new(Role, role));
        return new(identity);
    }

    static IEnumerable<string> RolesIn(JsonElement payload, AuthOptions options) => ValuesAt(payload, options.RoleClaim)
        .Select(role => options.Roles.Count == 0 ? role : options.Roles.GetValueOrDefault(role, ""))
        .Where(ServiceDefaults.Role.IsKnown).Distinct();

    // A name may have dots itself, as those of Auth0 and others do, which are addresses.
    static IEnumerable<string> ValuesAt(JsonElement payload, string path)
    {
        if (!payload.TryGetProperty(path, out var found))
        {
            found = payload;
            foreach (var name in path.Split('.'))
                if (found.ValueKind != JsonValueKind.Object || !found.TryGetProperty(name, out found)) return [];
        }
        return found.ValueKind switch
        {
            JsonValueKind.String => [found.GetString()!],
            JsonValueKind.Array => [.. found.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.String).Select(item => item.GetString()!)],
            _ => [],
        };
    }
}
