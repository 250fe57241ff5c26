using Kampung.Identity.Accounts;
using Kampung.Identity.Pages;
using Microsoft.AspNetCore;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using OpenIddict.Abstractions;
using OpenIddict.Server.AspNetCore;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Kampung.Identity.OpenId;

/// <summary>
/// /end-session (OpenID Connect RP-Initiated Logout 1.0): signs out, ends the refresh tokens of this session, and goes back to the web app. A request that does not prove by its ID token that it comes
/// from there could be anybody's link, so the person is asked first.
/// </summary>
static class EndSession
{
    static readonly string[] Methods = [HttpMethods.Get, HttpMethods.Post];

    public static void MapEndSession(this IEndpointRouteBuilder app) => app.MapMethods("/end-session", Methods, Handle).ExcludeFromDescription();

    static async Task<IResult> Handle(HttpContext http, WebPage page, IAntiforgery antiforgery, SignInManager<Account> signIn, Sessions sessions)
    {
        if (http.GetOpenIddictServerResponse() is { } refusal) return ErrorPage.For(http, refusal);
        var session = await http.AuthenticateAsync(IdentityConstants.ApplicationScheme);
        var hint = (await http.AuthenticateAsync(OpenIddictServerAspNetCoreDefaults.AuthenticationScheme)).Principal;
        var isMeant = !session.Succeeded
            || (hint is not null && hint.GetClaim(Claims.Subject) == signIn.UserManager.GetUserId(session.Principal))
            || (HttpMethods.IsPost(http.Request.Method) && await antiforgery.IsRequestValidAsync(http));
        if (!isMeant) return page.Ask(http.GetOpenIddictServerRequest()!);

        await sessions.EndAsync(session, hint, http.RequestAborted);
        await signIn.SignOutAsync();
        return Results.SignOut(new() { RedirectUri = $"{http.Request.PathBase}/sign-in" }, [OpenIddictServerAspNetCoreDefaults.AuthenticationScheme]);
    }

    static IResult Ask(this WebPage page, OpenIddictRequest request) => page.Show(page.Text.SignOut, $"""
        <p>{page.Text.SignOutQuestion}</p>
        {page.Form("end-session", $"""
            {Hidden(request)}
            <button>{page.Text.SignOut}</button>
            """)}
        """);

    static Html Hidden(OpenIddictRequest request) => Html.Join(request.GetParameters().Where(parameter => parameter.Key != WebPage.AntiforgeryField)
        .Select(parameter => Html.Of($"""<input type="hidden" name="{parameter.Key}" value="{(string?)parameter.Value}">""")));
}
