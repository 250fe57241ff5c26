using Kampung.Messaging;
using Kampung.Notifications.Storage;

namespace Kampung.Notifications;

/// <summary>A customer has left: forget how to reach them and what was written to them, and tell them nothing any more.</summary>
[Topic("customer-deleted")]
public sealed record CustomerDeleted(Guid CustomerId) : IEvent
{
    public Guid Subject => CustomerId;
}

static class ForgetCustomer
{
    public static Task Handle(CustomerDeleted customer, EventContext context) =>
        context.Services.GetRequiredService<INotificationStore>().ForgetAsync(customer.CustomerId, asOf: context.Time, context.CancellationToken);
}
