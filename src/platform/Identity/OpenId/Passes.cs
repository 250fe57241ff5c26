using System.Security.Claims;
using Kampung.Identity.Accounts;
using Kampung.ServiceDefaults;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Kampung.Identity.OpenId;

/// <summary>What tokens say about who carries them.</summary>
static class Passes
{
    /// <summary>The <c>aud</c> of every access token.</summary>
    public const string Audience = "kampung";

    public const string Stall = "stall";

    public static ClaimsPrincipal Of(Account account, IEnumerable<string> scopes)
    {
        var identity = Empty();
        identity.SetClaim(Claims.Subject, account.Id.ToString()).SetClaim(Claims.Name, account.Name).SetClaim(Claims.Email, account.Email)
            .SetClaims(Claims.Role, [.. account.Roles]).SetClaim(Stall, account.Stall);
        identity.SetScopes(scopes);
        return Complete(identity);
    }

    /// <summary>For a service that asks in its own name.</summary>
    public static ClaimsPrincipal Of(string service)
    {
        var identity = Empty();
        identity.SetClaim(Claims.Subject, service).SetClaim(Claims.Name, service).SetClaims(Claims.Role, [service == Clients.Village ? Role.Operator : Role.Service]);
        return Complete(identity);
    }

    static ClaimsIdentity Empty() => new("kampung", Claims.Name, Claims.Role);

    static ClaimsPrincipal Complete(ClaimsIdentity identity)
    {
        identity.SetResources(Audience);
        identity.SetDestinations(Destinations);
        return new(identity);
    }

    // Services decide by the access token; the web app is told what it asked for.
    static IEnumerable<string> Destinations(Claim claim)
    {
        yield return OpenIddictConstants.Destinations.AccessToken;
        var scope = claim.Type switch
        {
            Claims.Name => Scopes.Profile,
            Claims.Email => Scopes.Email,
            Claims.Role or Stall => Scopes.Roles,
            _ => null,
        };
        if (scope is not null && claim.Subject!.HasScope(scope)) yield return OpenIddictConstants.Destinations.IdentityToken;
    }
}
