using Kampung.ServiceDefaults;

namespace Kampung.Identity.Accounts;

/// <summary>An account as operators see it.</summary>
public sealed record AccountView(Guid Id, string Name, string Email, IReadOnlyList<string> Roles, string? Stall, DateTimeOffset RegisteredAt)
{
    public static AccountView Of(Account account) => new(account.Id, account.Name, account.Email!, account.Roles, account.Stall, account.RegisteredAt);
}

/// <summary>What operators may make of an account.</summary>
static class RoleRules
{
    const int MaxStall = 255;

    public static FieldErrors Check(IReadOnlyList<string> roles, string? stall)
    {
        var errors = new FieldErrors();
        errors.Require(roles.Count > 0 && roles.All(Role.People.Contains), "roles", $"must be one or more of {string.Join(", ", Role.People)}");
        errors.AllowText(stall, "stall", MaxStall);
        errors.Require(!string.IsNullOrWhiteSpace(stall) || !roles.Any(role => role is Role.Merchant or Role.Kitchen), "stall", "is required for a merchant and for a kitchen");
        return errors;
    }
}
