using System.Diagnostics;
using Kampung.Messaging;
using Kampung.Notifications.Storage;

namespace Kampung.Notifications.Letters;

/// <summary>The last step of every use case here.</summary>
static class Telling
{
    /// <summary>
    /// Writes the letter of this kind to the customer and leaves it to be sent, in the transaction that says that the event was handled.
    /// A customer who has left is told nothing.
    /// </summary>
    /// <exception cref="UnknownContactException">The registration was not heard yet; messaging tries again later.</exception>
    public static async Task TellAsync(this EventContext context, Guid customerId, string kind, object @event, Guid? orderId = null)
    {
        var store = context.Services.GetRequiredService<INotificationStore>();
        if (await store.FindContactAsync(customerId, context.CancellationToken) is not { } contact)
            return;
        var (subject, text, html) = context.Services.GetRequiredService<LetterWriter>().Write(kind, contact, @event);
        var now = context.Services.GetRequiredService<TimeProvider>().GetUtcNow();
        await store.AddOnceAsync(
            new Notification
            {
                CustomerId = customerId,
                About = orderId ?? customerId,
                Kind = kind,
                Channel = Channel.Email,
                CreatedAt = now,
                DueAt = now,
                Letter = new Letter(orderId, LetterWriter.OneLine(contact.Name), contact.Email, subject, text, html, Activity.Current?.Id),
            },
            context.CancellationToken);
    }
}
