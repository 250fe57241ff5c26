using Kampung.Messaging;
using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Kampung.Identity.Accounts;

/// <summary>POST /accounts: an operator makes an account for somebody, who has no password until they ask for a link to a new one.</summary>
static class CreateAccount
{
    public sealed record Request(string Name, string Email, string? Locale = null, IReadOnlyList<string>? Roles = null, string? Stall = null);

    public static void MapCreateAccount(this RouteGroupBuilder accounts) => accounts.MapPost("", Handle).WithName("createAccount");

    static async Task<Results<Created<AccountView>, ProblemHttpResult>> Handle(Request request, IdentityDb db, UserManager<Account> users, TimeProvider time)
    {
        string[] roles = [.. request.Roles ?? [Role.Customer]];
        var errors = RoleRules.Check(roles, request.Stall);
        errors.RequireText(request.Name, "name", 200);
        errors.Require(EmailAddress.IsValid(request.Email), "email", "must be an e-mail address such as siti@example.com");
        errors.Require(request.Locale is null or "en" or "ms", "locale", "must be en or ms");
        if (errors.Any) return errors.Problem();

        var account = Account.Of(request.Name.Trim(), request.Email, request.Locale ?? "en", time.GetUtcNow(), Role.Customer, request.Stall);
        account.Roles = roles;
        // Saved together with the account.
        db.Publish(AccountRegistered.Of(account));
        return await IsNewAsync() ? TypedResults.Created((string?)null, AccountView.Of(account)) : Problems.Conflict("email-taken", "There is an account with this e-mail address already.");

        async Task<bool> IsNewAsync()
        {
            try
            {
                return (await users.CreateAsync(account)).Succeeded;
            }
            catch (DbUpdateException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
            {
                return false;
            }
        }
    }
}
