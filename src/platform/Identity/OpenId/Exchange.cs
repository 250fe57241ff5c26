using Kampung.Identity.Accounts;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Kampung.Identity.OpenId;

/// <summary>/token (RFC 6749, 3.2): tokens for a code, for a refresh token, or for a service's own secret; and, for show, of an account that the village names.</summary>
static class Exchange
{
    public static void MapExchange(this IEndpointRouteBuilder app) => app.MapPost("/token", Handle).ExcludeFromDescription();

    // OpenIddict has checked the client and its code, refresh token or secret when it comes here.
    static async Task<IResult> Handle(HttpContext http, UserManager<Account> users, ILogger<Account> log)
    {
        var request = http.GetOpenIddictServerRequest()!;
        if (request.IsClientCredentialsGrantType()) return Issue(Passes.Of(request.ClientId!));

        if (request.GrantType == Clients.ActAs)
        {
            var name = (string?)request["account"] ?? "";
            if ((Guid.TryParse(name, out _) ? await users.FindByIdAsync(name) : await users.FindByEmailAsync(name)) is not { } named)
                return Refusal.Of(Errors.InvalidGrant, "There is no such account.");
            log.LogInformation("{Client} acts as the account {Account}", request.ClientId, named.Id);
            return Issue(Passes.Of(named, []));
        }

        // What is said is read anew, so that a role that was taken away is gone with the next token.
        var before = (await http.AuthenticateAsync(OpenIddictServerAspNetCoreDefaults.AuthenticationScheme)).Principal!;
        return await users.FindByIdAsync(before.GetClaim(Claims.Subject)!) is { } account
            ? Issue(Passes.Of(account, before.GetScopes()))
            : Refusal.Of(Errors.InvalidGrant, "The account is gone.");
    }

    static IResult Issue(System.Security.Claims.ClaimsPrincipal pass) =>
        Results.SignIn(pass, authenticationScheme: OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);
}
