using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Identity.Accounts;

/// <summary>GET /accounts: all of them, by id, or the one with an e-mail address, for operators.</summary>
static class ListAccounts
{
    public static void MapListAccounts(this RouteGroupBuilder accounts) => accounts.MapGet("", Handle).WithName("listAccounts");

    static async Task<Ok<Page<AccountView>>> Handle(Paging paging, IdentityDb db, ILookupNormalizer normalizer, CancellationToken ct, string? email = null)
    {
        var (after, key) = (paging.After<Guid?>(), string.IsNullOrEmpty(email) ? null : normalizer.NormalizeEmail(email));
        var page = await db.Users.AsNoTracking().Where(account => (after == null || account.Id > after) && (key == null || account.NormalizedEmail == key))
            .OrderBy(account => account.Id).Take(paging.Limit + 1).ToListAsync(ct);
        return TypedResults.Ok(Page.Of(page, paging.Limit, AccountView.Of, account => account.Id));
    }
}
