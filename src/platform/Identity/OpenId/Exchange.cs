using Kampung.Identity.Accounts;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Kampung.Identity.OpenId;

/// <summary>/token (RFC 6749, 3.2): tokens for a code, for a refresh token, or for a service's own secret.</summary>
static class Exchange
{
    public static void MapExchange(this IEndpointRouteBuilder app) => app.MapPost("/token", Handle).ExcludeFromDescription();

    // OpenIddict has checked the client and its code, refresh token or secret when it comes here.
    static async Task<IResult> Handle(HttpContext http, UserManager<Account> users)
    {
        var request = http.GetOpenIddictServerRequest()!;
        if (request.IsClientCredentialsGrantType()) return Issue(Passes.Of(request.ClientId!));

        // What is said is read anew, so that a role that was taken away is gone with the next token.
        var before = (await http.AuthenticateAsync(OpenIddictServerAspNetCoreDefaults.AuthenticationScheme)).Principal!;
        return await users.FindByIdAsync(before.GetClaim(Claims.Subject)!) is { } account
            ? Issue(Passes.Of(account, before.GetScopes()))
            : Refusal.Of(Errors.InvalidGrant, "The account is gone.");
    }

    static IResult Issue(System.Security.Claims.ClaimsPrincipal pass) =>
        Results.SignIn(pass, authenticationScheme: OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);
}
