using System.Text.Json.Serialization;
using Kampung.Messaging;

namespace Kampung.Customers;

/// <summary>Somebody can sign in: identity-service says so.</summary>
/// <param name="AccountId">The customer gets the same id.</param>
[Topic("account-registered")]
public sealed record AccountRegistered(Guid AccountId, string Name, string Email, string? Locale, DateTimeOffset RegisteredAt) : IEvent
{
    [JsonIgnore] public Guid Subject => AccountId;
}

/// <summary>Makes a customer of whoever has an account. What is no good profile, or has another customer's e-mail address, is a dead letter: an operator has to look at it.</summary>
static class WelcomeAccount
{
    public static async Task Handle(AccountRegistered account, EventContext context)
    {
        var (store, ct) = (context.Services.GetRequiredService<ICustomerStore>(), context.CancellationToken);
        if (await store.Find(account.AccountId, ct) is not null) return;
        var profile = new Profile(account.Name, account.Email, Locale: account.Locale);
        if (profile.Check(known: []) is { Any: true } errors)
            throw new InvalidOperationException($"The account {account.AccountId} makes no customer: {string.Join("; ", errors.Select(error => $"{error.Key} {error.Value[0]}"))}.");

        var now = context.Services.GetRequiredService<TimeProvider>().GetUtcNow();
        var customer = profile.Of(account.AccountId, since: account.RegisteredAt, now, version: 1);
        await store.Save(customer, CustomerRegistered.Of(customer), ct);
    }
}
