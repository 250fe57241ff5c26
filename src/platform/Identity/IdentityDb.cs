using Kampung.Identity.Accounts;
using Kampung.Identity.Keys;
using Kampung.Messaging;
using Microsoft.AspNetCore.DataProtection.EntityFrameworkCore;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;
using OpenIddict.EntityFrameworkCore.Models;

namespace Kampung.Identity;

/// <summary>Accounts, OpenIddict's clients and tokens, and the keys.</summary>
public sealed class IdentityDb(DbContextOptions<IdentityDb> options) : IdentityUserContext<Account, Guid>(options), IDataProtectionKeyContext
{
    // So that two instances that start, or rotate keys, at the same moment go one after the other.
    const long ChangeLock = 0x6964656E74697479; // "identity"

    public DbSet<SigningKeyRow> SigningKeys => Set<SigningKeyRow>();
    public DbSet<DataProtectionKey> DataProtectionKeys => Set<DataProtectionKey>();
    public DbSet<SignInAttempts> SignInAttempts => Set<SignInAttempts>();

    /// <summary>Others who call this wait until the transaction has ended.</summary>
    public Task LockAsync(CancellationToken ct) => Database.ExecuteSqlAsync($"select pg_advisory_xact_lock({ChangeLock})", ct);

    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        builder.AddMessaging();
        builder.UseOpenIddict<Guid>();

        builder.Entity<Account>(account =>
        {
            account.ToTable("accounts");
            // Failures are counted by address, so that an unknown one behaves like a known one; the rest is not used.
            account.Ignore(row => row.AccessFailedCount).Ignore(row => row.LockoutEnabled).Ignore(row => row.LockoutEnd)
                .Ignore(row => row.PhoneNumber).Ignore(row => row.PhoneNumberConfirmed).Ignore(row => row.TwoFactorEnabled);
            account.HasIndex(row => row.NormalizedUserName).IsUnique().HasDatabaseName("ux_accounts_normalized_user_name");
            account.HasIndex(row => row.NormalizedEmail).HasDatabaseName("ix_accounts_normalized_email");
        });
        builder.Entity<IdentityUserClaim<Guid>>().ToTable("account_claims");
        builder.Entity<IdentityUserLogin<Guid>>().ToTable("account_logins");
        builder.Entity<IdentityUserToken<Guid>>().ToTable("account_tokens");

        builder.Entity<OpenIddictEntityFrameworkCoreApplication<Guid>>().ToTable("clients");
        builder.Entity<OpenIddictEntityFrameworkCoreAuthorization<Guid>>().ToTable("authorizations");
        builder.Entity<OpenIddictEntityFrameworkCoreScope<Guid>>().ToTable("scopes");
        builder.Entity<OpenIddictEntityFrameworkCoreToken<Guid>>().ToTable("tokens");

        builder.Entity<SigningKeyRow>().ToTable("signing_keys").HasKey(row => row.Id);
        builder.Entity<SignInAttempts>(attempts =>
        {
            attempts.ToTable("sign_in_attempts").HasKey(row => row.EmailHash);
            attempts.HasIndex(row => row.CountedUntil);
        });
    }
}
