using System.Buffers.Text;
using System.Text;
using Kampung.Identity.Accounts;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using OpenIddict.Abstractions;

namespace Kampung.Identity.Pages;

/// <summary>/reset-password: where the link in the letter leads to. Once a new password is chosen, the link is used up, and every session and refresh token has ended.</summary>
static class ResetPasswordPage
{
    public static void MapResetPassword(this IEndpointRouteBuilder app)
    {
        app.MapGet("/reset-password", (WebPage page, string? account, string? token) => Form(page, account, token)).ExcludeFromDescription();
        app.MapPost("/reset-password", Handle).ExcludeFromDescription();
    }

    static async Task<IResult> Handle(
        [FromForm] string? account, [FromForm] string? token, [FromForm] string? password,
        WebPage page, IdentityDb db, UserManager<Account> users, IOpenIddictTokenManager tokens, SignInGuard guard, CancellationToken ct)
    {
        if (!Guid.TryParse(account, out var id) || Decode(token) is not { } given || await users.FindByIdAsync($"{id}") is not { } found) return Over(page);
        if (!await users.VerifyUserTokenAsync(found, users.Options.Tokens.PasswordResetTokenProvider, UserManager<Account>.ResetPasswordTokenPurpose, given)) return Over(page);
        if (!await PasswordRules.AreKeptAsync(users, found, password)) return Form(page, account, token, page.Text.BadPassword);

        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        // A new security stamp comes with the new password, which is what ends the sessions and makes the link worthless.
        if (!(await users.ResetPasswordAsync(found, given, password!)).Succeeded) return Over(page);
        await tokens.RevokeBySubjectAsync($"{id}", ct);
        await guard.ForgetFailuresAsync(found.Email!, ct);
        await transaction.CommitAsync(ct);
        return page.Show(page.Text.ChoosePassword, $"""
            <p role="status">{page.Text.PasswordChanged}</p>
            <p class="more"><a href="{page.Link("sign-in")}">{page.Text.SignIn}</a></p>
            """);
    }

    static IResult Form(WebPage page, string? account, string? token, string? wrong = null) => page.Show(page.Text.ChoosePassword, $"""
        {page.Form("reset-password", $"""
            {WebPage.Hidden("account", account)}
            {WebPage.Hidden("token", token)}
            {WebPage.Field("password", page.Text.NewPassword, "password", "new-password", wrong: wrong, hint: page.Text.PasswordHint)}
            <button>{page.Text.ChoosePassword}</button>
            """)}
        """, wrong is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest);

    static IResult Over(WebPage page) => page.Show(page.Text.ChoosePassword, $"""
        {WebPage.Alert(page.Text.LinkIsOver)}
        <p class="more"><a href="{page.Link("forgotten-password")}">{page.Text.Forgotten}</a></p>
        """, StatusCodes.Status400BadRequest);

    static string? Decode(string? token) => token is not null && Base64Url.IsValid(token) ? Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token)) : null;
}
