using System.Text.Json.Serialization;
using Kampung.Messaging;

namespace Kampung.Identity.Accounts;

/// <summary>Somebody can sign in from now on; customer-service makes the customer's profile of it, with the same id.</summary>
[Topic("account-registered")]
public sealed record AccountRegistered(Guid AccountId, string Name, string Email, string Locale, DateTimeOffset RegisteredAt) : IEvent
{
    [JsonIgnore] public Guid Subject => AccountId;

    public static AccountRegistered Of(Account account) => new(account.Id, account.Name, account.Email!, account.Locale, account.RegisteredAt);
}

/// <summary>Somebody who says to be this account's owner has forgotten the password: the link goes to the account's address and nowhere else.</summary>
/// <param name="Link">With a token that can be used once, until <paramref name="ExpiresAt"/>.</param>
[Topic("password-reset-requested")]
public sealed record PasswordResetRequested(
    Guid AccountId, Guid RequestId, string Name, string Email, string Locale, string Link, DateTimeOffset RequestedAt, DateTimeOffset ExpiresAt) : IEvent
{
    [JsonIgnore] public Guid Subject => AccountId;
}
