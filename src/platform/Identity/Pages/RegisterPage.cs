using Kampung.Identity.Accounts;
using Kampung.Messaging;
using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Kampung.Identity.Pages;

/// <summary>/register: somebody becomes a customer, and is signed in.</summary>
static class RegisterPage
{
    sealed record Mistakes(string? Name = null, string? Email = null, string? Password = null);

    public static void MapRegister(this IEndpointRouteBuilder app)
    {
        app.MapGet("/register", (WebPage page, string? returnUrl) => Form(page, returnUrl)).ExcludeFromDescription();
        app.MapPost("/register", Handle).ExcludeFromDescription();
    }

    static async Task<IResult> Handle(
        [FromForm] string? name, [FromForm] string? email, [FromForm] string? password, [FromForm] string? returnUrl,
        WebPage page, IdentityDb db, UserManager<Account> users, SignInManager<Account> signIn, TimeProvider time)
    {
        (name, email) = (name?.Trim() ?? "", email?.Trim() ?? "");
        var account = Account.Of(name, email, page.Text.Language, time.GetUtcNow());
        var mistakes = new Mistakes(
            name.Length is 0 or > 200 || name.Any(char.IsControl) ? page.Text.BadName : null,
            EmailAddress.IsValid(email) ? null : page.Text.BadEmail,
            await PasswordRules.AreKeptAsync(users, account, password) ? null : page.Text.BadPassword);
        if (mistakes != new Mistakes()) return Form(page, returnUrl, name, email, mistakes);

        // With the account itself, in one transaction.
        db.Publish(AccountRegistered.Of(account));
        if (!await CreateAsync(users, account, password!)) return Form(page, returnUrl, name, email, new(Email: page.Text.EmailTaken));
        await signIn.SignInAsync(account, isPersistent: false);
        return page.GoOn(returnUrl);
    }

    static async Task<bool> CreateAsync(UserManager<Account> users, Account account, string password)
    {
        try
        {
            return (await users.CreateAsync(account, password)).Succeeded;
        }
        catch (DbUpdateException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            return false;
        }
    }

    static IResult Form(WebPage page, string? returnUrl, string? name = null, string? email = null, Mistakes? wrong = null) => page.Show(page.Text.Register, $"""
        {page.Form("register", $"""
            {WebPage.Hidden("returnUrl", WebPage.Own(returnUrl))}
            {WebPage.Field("name", page.Text.Name, "text", "name", name, wrong?.Name)}
            {WebPage.Field("email", page.Text.Email, "email", "username", email, wrong?.Email)}
            {WebPage.Field("password", page.Text.Password, "password", "new-password", wrong: wrong?.Password, hint: page.Text.PasswordHint)}
            <button>{page.Text.Register}</button>
            """)}
        <p class="more">{page.Text.HaveAccount} <a href="{page.Link("sign-in", WebPage.Own(returnUrl))}">{page.Text.SignIn}</a></p>
        """, wrong is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest);
}

static class PasswordRules
{
    public const int MaxLength = 128;

    public static async Task<bool> AreKeptAsync(UserManager<Account> users, Account account, string? password)
    {
        if (password is null or { Length: > MaxLength }) return false;
        foreach (var rule in users.PasswordValidators)
            if (!(await rule.ValidateAsync(users, account, password)).Succeeded) return false;
        return true;
    }
}
