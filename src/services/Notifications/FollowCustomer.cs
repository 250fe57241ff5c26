using Kampung.Messaging;
using Kampung.Notifications.Storage;

namespace Kampung.Notifications;

/// <summary>A customer's name, address or language is another one now.</summary>
[Topic("customer-changed")]
public sealed record CustomerChanged(Guid CustomerId, string Name, string Email, string? Phone = null, string? Locale = null) : IEvent
{
    public Guid Subject => CustomerId;
}

static class FollowCustomer
{
    public static Task Handle(CustomerChanged customer, EventContext context) =>
        context.Services.GetRequiredService<INotificationStore>().KeepAsync(
            new Contact(customer.CustomerId, customer.Name, customer.Email, customer.Phone, customer.Locale), asOf: context.Time, context.CancellationToken);
}
