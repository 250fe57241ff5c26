using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Identity.Accounts;

/// <summary>PUT /accounts/{id}/roles: what an account may be from its next token on; those that are out stay as they are until they end.</summary>
static class SetRoles
{
    /// <param name="Stall">That of a merchant or a kitchen.</param>
    public sealed record Request(IReadOnlyList<string> Roles, string? Stall = null);

    public static void MapSetRoles(this RouteGroupBuilder accounts) => accounts.MapPut("/{id:guid}/roles", Handle).WithName("setRoles");

    static async Task<Results<Ok<AccountView>, ProblemHttpResult>> Handle(Guid id, Request request, Caller caller, IdentityDb db, ILogger<Account> log, CancellationToken ct)
    {
        if (RoleRules.Check(request.Roles, request.Stall) is { Any: true } errors) return errors.Problem();
        if (await db.Users.SingleOrDefaultAsync(account => account.Id == id, ct) is not { } account) return Problems.NotFound("account", id);
        (account.Roles, account.Stall) = ([.. request.Roles.Distinct()], request.Stall);
        await db.SaveChangesAsync(ct);
        log.LogInformation("The account {Account} is {Roles} from now on, says {Operator}", id, string.Join(", ", account.Roles), caller.Id);
        return TypedResults.Ok(AccountView.Of(account));
    }
}
