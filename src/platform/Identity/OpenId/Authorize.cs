using Kampung.Identity.Accounts;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Primitives;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Kampung.Identity.OpenId;

/// <summary>/authorize (OpenID Connect Core 1.0, 3.1.2): sends who has signed in back to the web app with a code, and everybody else to the sign-in page first.</summary>
static class Authorize
{
    static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Post];

    public static void MapAuthorize(this IEndpointRouteBuilder app) => app.MapMethods("/authorize", Methods, Handle).ExcludeFromDescription();

    // OpenIddict has checked the request when it comes here.
    static async Task<IResult> Handle(HttpContext http, UserManager<Account> users, Sessions sessions, TimeProvider time)
    {
        if (http.GetOpenIddictServerResponse() is { } refusal) return Pages.ErrorPage.For(http, refusal);
        var request = http.GetOpenIddictServerRequest()!;
        var session = await http.AuthenticateAsync(IdentityConstants.ApplicationScheme);
        var account = session.Succeeded && !IsTooOld(session, request, time) ? await users.GetUserAsync(session.Principal) : null;
        if (account is not null)
        {
            var pass = Passes.Of(account, request.GetScopes());
            await sessions.NoteAsync(pass, session, request.ClientId!, http.RequestAborted);
            return Results.SignIn(pass, authenticationScheme: OpenIddictServerAspNetCoreDefaults.AuthenticationScheme);
        }
        if (request.HasPromptValue(PromptValues.None)) return Refusal.Of(Errors.LoginRequired, "Nobody has signed in.");
        return Results.Challenge(new() { RedirectUri = Again(http) }, [IdentityConstants.ApplicationScheme]);
    }

    static bool IsTooOld(AuthenticateResult session, OpenIddictRequest request, TimeProvider time) =>
        request.HasPromptValue(PromptValues.Login)
        || (request.MaxAge is { } seconds && session.Properties?.IssuedUtc is { } since && time.GetUtcNow() - since > TimeSpan.FromSeconds(seconds));

    // The same request, but for the prompt to sign in, which has been followed by then.
    static string Again(HttpContext http)
    {
        var asked = http.Request.HasFormContentType ? http.Request.Form.AsEnumerable() : http.Request.Query;
        return http.Request.PathBase + http.Request.Path + QueryString.Create(asked.Where(parameter => parameter.Key != Parameters.Prompt).Select(parameter =>
            KeyValuePair.Create(parameter.Key, (StringValues)parameter.Value.ToString())));
    }
}

/// <summary>An answer in the form of RFC 6749, 5.2.</summary>
static class Refusal
{
    public static IResult Of(string error, string description) => Results.Forbid(
        new(new Dictionary<string, string?>
        {
            [OpenIddictServerAspNetCoreConstants.Properties.Error] = error,
            [OpenIddictServerAspNetCoreConstants.Properties.ErrorDescription] = description,
        }),
        [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]);
}
