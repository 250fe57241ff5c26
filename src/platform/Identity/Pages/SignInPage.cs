using Kampung.Identity.Accounts;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;

namespace Kampung.Identity.Pages;

/// <summary>/sign-in, and / for who has.</summary>
static class SignInPage
{
    public static void MapSignIn(this IEndpointRouteBuilder app)
    {
        app.MapGet("/", Home).ExcludeFromDescription();
        app.MapGet("/sign-in", (WebPage page, string? returnUrl) => Form(page, returnUrl)).ExcludeFromDescription();
        app.MapPost("/sign-in", Handle).ExcludeFromDescription();
    }

    static async Task<IResult> Home(HttpContext http, WebPage page, UserManager<Account> users) =>
        await users.GetUserAsync(http.User) is { } account
            ? page.Show(account.Name, $"<p>{page.Text.SignedInAs} {account.Email}.</p>{page.Form("end-session", $"<button>{page.Text.SignOut}</button>")}")
            : Results.Redirect(page.Link("sign-in"));

    static async Task<IResult> Handle(
        [FromForm] string? email, [FromForm] string? password, [FromForm] string? returnUrl, WebPage page, SignInGuard guard, SignInManager<Account> signIn,
        IOptions<IssuerOptions> options, CancellationToken ct)
    {
        if (await guard.CheckAsync(email ?? "", password ?? "", ct) is not { } account)
            return Form(page, returnUrl, email, page.Text.NotSignedInFor(options.Value.LockOut), StatusCodes.Status400BadRequest);
        await signIn.SignInAsync(account, isPersistent: false);
        return page.GoOn(returnUrl);
    }

    static IResult Form(WebPage page, string? returnUrl, string? email = null, string? wrong = null, int status = StatusCodes.Status200OK) => page.Show(page.Text.SignIn, $"""
        {WebPage.Alert(wrong)}
        {page.Form("sign-in", $"""
            {WebPage.Hidden("returnUrl", WebPage.Own(returnUrl))}
            {WebPage.Field("email", page.Text.Email, "email", "username", email)}
            {WebPage.Field("password", page.Text.Password, "password", "current-password")}
            <button>{page.Text.SignIn}</button>
            """)}
        <p class="more"><a href="{page.Link("forgotten-password")}">{page.Text.Forgotten}</a></p>
        <p class="more">{page.Text.NoAccountYet} <a href="{page.Link("register", WebPage.Own(returnUrl))}">{page.Text.Register}</a></p>
        """, status);
}
