using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Kampung.Identity.Accounts;

/// <summary>How often the password was wrong for an address, whether there is such an account or not.</summary>
public sealed class SignInAttempts
{
    /// <summary>SHA-256 of the normalized address: people mistype, and what they typed is none of our business.</summary>
    public required byte[] EmailHash { get; init; }
    public required int Attempts { get; init; }
    public required DateTimeOffset CountedUntil { get; init; }
}

/// <summary>
/// Checks passwords. Whether an address is unknown, the password wrong or the address stopped after too many failures, the answer is the same and the same
/// work is done for it: a row is counted up and one hash is computed, so that its time tells nothing either.
/// </summary>
sealed class SignInGuard(IdentityDb db, UserManager<Account> users, IPasswordHasher<Account> hasher, IOptions<IssuerOptions> options, TimeProvider time)
{
    static readonly Account Nobody = Account.Of("", "", "en", DateTimeOffset.UnixEpoch);
    static string? hashOfNobody;

    /// <returns>Null when this is not the password, or is not to be known now.</returns>
    public async Task<Account?> CheckAsync(string email, string password, CancellationToken ct)
    {
        // Counted before it is checked: of many guesses at the same moment only the allowed ones are looked at.
        var allowed = await CountAsync(email, ct) <= options.Value.MaxFailures;
        var account = await users.FindByEmailAsync(email);
        var hash = account?.PasswordHash ?? (hashOfNobody ??= hasher.HashPassword(Nobody, Convert.ToHexString(RandomNumberGenerator.GetBytes(16))));
        var right = hasher.VerifyHashedPassword(account ?? Nobody, hash, password) != PasswordVerificationResult.Failed;
        if (!allowed || !right || account is null) return null;
        await ForgetFailuresAsync(email, ct);
        return account;
    }

    /// <summary>The next one may fail as often as anybody.</summary>
    public Task ForgetFailuresAsync(string email, CancellationToken ct)
    {
        var hash = Hash(email);
        return db.SignInAttempts.Where(row => row.EmailHash == hash).ExecuteDeleteAsync(ct);
    }

    /// <summary>Deletes counts that are over.</summary>
    public static Task<int> ForgetOldAsync(IdentityDb db, DateTimeOffset before, int atMost, CancellationToken ct) => db.Database.ExecuteSqlAsync($"""
        delete from sign_in_attempts where email_hash in (select email_hash from sign_in_attempts where counted_until < {before} limit {atMost} for update skip locked)
        """, ct);

    async Task<int> CountAsync(string email, CancellationToken ct)
    {
        var (now, max, until) = (time.GetUtcNow(), options.Value.MaxFailures, time.GetUtcNow() + options.Value.LockOut);
        // From the last failure that counts on, it does not begin anew: who goes on trying does not stop the owner for ever.
        return await db.Database.SqlQuery<int>($"""
            insert into sign_in_attempts as known (email_hash, attempts, counted_until) values ({Hash(email)}, 1, {until})
            on conflict (email_hash) do update set
                attempts = case when known.counted_until <= {now} then 1 else least(known.attempts, {max}) + 1 end,
                counted_until = case when known.counted_until <= {now} or known.attempts < {max} then excluded.counted_until else known.counted_until end
            returning attempts as "Value"
            """).AsAsyncEnumerable().SingleAsync(ct);
    }

    byte[] Hash(string email) => SHA256.HashData(Encoding.UTF8.GetBytes(users.NormalizeEmail(email)!));
}
