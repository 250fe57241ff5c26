using System.Diagnostics;
using Kampung.Messaging;
using Kampung.Notifications.Storage;

namespace Kampung.Notifications.Letters;

/// <summary>The last step of every use case here.</summary>
static class Telling
{
    /// <summary>
    /// Writes the letter of this kind to the customer and leaves it to be sent by each channel that the customer prefers, in the transaction that says that
    /// the event was handled. A customer who has left is told nothing.
    /// </summary>
    /// <exception cref="UnknownContactException">The registration was not heard yet; messaging tries again later.</exception>
    public static async Task TellAsync(this EventContext context, Guid customerId, string kind, object @event, Guid? orderId = null)
    {
        var store = context.Services.GetRequiredService<INotificationStore>();
        if (await store.FindAsync(customerId, context.CancellationToken) is not var (contact, preferences))
            return;
        var written = context.Services.GetRequiredService<LetterWriter>().Write(kind, contact, @event);
        var now = context.Services.GetRequiredService<TimeProvider>().GetUtcNow();
        await store.AddOnceAsync([.. preferences.ChannelsFor(kind, contact).Select(On)], context.CancellationToken);

        Notification On(string channel) => new()
        {
            CustomerId = customerId,
            About = orderId ?? customerId,
            Kind = kind,
            Channel = channel,
            CreatedAt = now,
            DueAt = now,
            // In the shop it can be seen from now on.
            State = channel == Channel.InApp ? NotificationState.Sent : NotificationState.Pending,
            SentAt = channel == Channel.InApp ? now : null,
            Letter = new Letter(orderId, LetterWriter.OneLine(contact.Name), contact.AddressFor(channel) ?? contact.Email, written.Language, written.Subject, written.Text,
                channel == Channel.Email ? written.Html : "", channel == Channel.WhatsApp ? written.Parameters : null, Activity.Current?.Id),
        };
    }
}
