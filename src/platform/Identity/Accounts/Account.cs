using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Identity;

namespace Kampung.Identity.Accounts;

/// <summary>Who can sign in. The id, a UUID of version 7, is also the customer's id, and the <c>sub</c> of tokens.</summary>
public sealed class Account : IdentityUser<Guid>
{
    public required string Name { get; set; }

    /// <summary>A language of our pages (en, ms), for letters.</summary>
    public required string Locale { get; set; }

    /// <summary>Of <see cref="Role"/>.</summary>
    public required string[] Roles { get; set; }

    /// <summary>The stall whose products and tickets a merchant or a kitchen sees.</summary>
    public string? Stall { get; set; }

    public required DateTimeOffset RegisteredAt { get; init; }

    /// <summary>When a link to a new password was sent last.</summary>
    public DateTimeOffset? ResetRequestedAt { get; set; }

    public static Account Of(string name, string email, string locale, DateTimeOffset now, string role = Role.Customer, string? stall = null) => new()
    {
        Id = Guid.CreateVersion7(now),
        UserName = email,
        Email = email,
        Name = name,
        Locale = locale,
        Roles = [role],
        Stall = stall,
        RegisteredAt = now,
    };
}
