using System.Diagnostics;
using Kampung.Messaging;
using Kampung.Notifications.Letters;
using Kampung.Notifications.Storage;

namespace Kampung.Notifications;

/// <summary>Somebody has forgotten the password of an account.</summary>
/// <param name="Link">Secret: whoever has it can choose the password, once, until <paramref name="ExpiresAt"/>.</param>
[Topic("password-reset-requested")]
public sealed record PasswordResetRequested(Guid AccountId, Guid RequestId, string Name, string Email, string? Locale, [property: Secret] string Link, DateTimeOffset ExpiresAt) : IEvent
{
    public Guid Subject => AccountId;
}

/// <summary>
/// Sends the link, by e-mail and to the account's own address, whatever the customer prefers and even before the customer is known here. It is shown nowhere
/// else, and forgotten when it is sent.
/// </summary>
static class SendResetLink
{
    public static async Task Handle(PasswordResetRequested request, EventContext context)
    {
        var now = context.Services.GetRequiredService<TimeProvider>().GetUtcNow();
        if (now >= request.ExpiresAt) return;
        var contact = new Contact(request.AccountId, request.Name, request.Email, null, request.Locale);
        var written = context.Services.GetRequiredService<LetterWriter>().Write(Kind.PasswordReset, contact, request);
        await context.Services.GetRequiredService<INotificationStore>().AddOnceAsync(
            [
                new()
                {
                    CustomerId = request.AccountId,
                    About = request.RequestId,
                    Kind = Kind.PasswordReset,
                    Channel = Channel.Email,
                    CreatedAt = now,
                    DueAt = now,
                    Letter = new Letter(null, LetterWriter.OneLine(request.Name), request.Email, written.Language, written.Subject, written.Text, written.Html, TraceParent: Activity.Current?.Id),
                },
            ], context.CancellationToken);
    }
}
