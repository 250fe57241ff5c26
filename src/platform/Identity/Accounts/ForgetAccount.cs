using System.Text.Json.Serialization;
using Kampung.Messaging;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;

namespace Kampung.Identity.Accounts;

/// <summary>A customer has left: customer-service says so.</summary>
/// <param name="CustomerId">The account has the same id.</param>
[Topic("customer-deleted")]
public sealed record CustomerDeleted(Guid CustomerId) : IEvent
{
    [JsonIgnore] public Guid Subject => CustomerId;
}

/// <summary>Forgets the account, and ends its refresh tokens. The e-mail address is free again.</summary>
static class ForgetAccount
{
    public static async Task Handle(CustomerDeleted customer, EventContext context)
    {
        await context.Database<IdentityDb>().Users.Where(account => account.Id == customer.CustomerId).ExecuteDeleteAsync(context.CancellationToken);
        await context.Services.GetRequiredService<IOpenIddictTokenManager>().RevokeBySubjectAsync($"{customer.CustomerId}", context.CancellationToken);
    }
}
