using Kampung.Messaging;
using Kampung.Notifications.Letters;
using Kampung.Notifications.Storage;

namespace Kampung.Notifications;

/// <summary>A new customer: keep how to reach them, and say welcome.</summary>
[Topic("customer-registered")]
public sealed record CustomerRegistered(Guid CustomerId, string Name, string Email, string? Phone = null, string? Locale = null) : IEvent
{
    public Guid Subject => CustomerId;
}

static class WelcomeCustomer
{
    public static async Task Handle(CustomerRegistered customer, EventContext context)
    {
        var contact = new Contact(customer.CustomerId, customer.Name, customer.Email, customer.Phone, customer.Locale);
        await context.Services.GetRequiredService<INotificationStore>().KeepAsync(contact, asOf: context.Time, context.CancellationToken);
        await context.TellAsync(customer.CustomerId, Kind.Welcome, new { });
    }
}
