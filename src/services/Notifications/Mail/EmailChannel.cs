using Kampung.Notifications.Sending;
using MailKit.Net.Smtp;
using Microsoft.Extensions.Options;
using MimeKit;

namespace Kampung.Notifications.Mail;

/// <summary>E-mail: by SMTP (RFC 5321) where <c>Smtp:Host</c> is set, otherwise into the mailbox folder.</summary>
sealed class EmailChannel(IOptions<MailOptions> mail, IOptions<SmtpOptions> server, MailboxFolder mailbox) : IChannel
{
    public string Name => Channel.Email;

    // The same file, or the same Message-ID, shows that it is the same letter.
    public int Batch => 20;

    public Task SendAsync(Notification notification, CancellationToken ct)
    {
        var message = Compose(notification);
        return server.Value.Host is { Length: > 0 } ? SendAsync(message, ct) : mailbox.WriteAsync(notification, "eml", stream => message.WriteToAsync(stream, ct));
    }

    /// <summary>An address that is none, or a server that says no and means it (RFC 5321, 4.2.1: 5yz).</summary>
    public bool IsFinal(Exception failure) => failure is ParseException || failure is SmtpCommandException { StatusCode: >= (SmtpStatusCode)500 };

    MimeMessage Compose(Notification notification)
    {
        var from = MailboxAddress.Parse(mail.Value.From);
        var letter = notification.Letter;
        return new MimeMessage
        {
            From = { from },
            To = { new MailboxAddress(letter.ToName, MailboxAddress.Parse(letter.ToAddress).Address) },
            Subject = letter.Subject,
            Date = notification.CreatedAt,
            MessageId = $"{notification.Kind}.{notification.About}@{from.Domain}",
            // RFC 3834: no machine should answer this
            Headers = { { HeaderId.AutoSubmitted, "auto-generated" } },
            Body = new MultipartAlternative(
                new TextPart("plain") { Text = letter.Text },
                new TextPart("html") { Text = letter.Html }),
        };
    }

    async Task SendAsync(MimeMessage message, CancellationToken ct)
    {
        var smtp = server.Value;
        using var client = new SmtpClient { Timeout = (int)smtp.Timeout.TotalMilliseconds };
        await client.ConnectAsync(smtp.Host!, smtp.Port, smtp.Security, ct);
        if (smtp.User is { Length: > 0 } user)
            await client.AuthenticateAsync(user, smtp.Password ?? "", ct);
        await client.SendAsync(message, ct);
        try
        {
            await client.DisconnectAsync(quit: true, ct);
        }
        catch (Exception e) when (e is IOException or SmtpCommandException or SmtpProtocolException)
        {
            // The server has taken the message; how it says goodbye does not matter, and a second copy would.
        }
    }
}
