using MailKit.Net.Smtp;
using Microsoft.Extensions.Options;
using MimeKit;

namespace Kampung.Notifications.Mail;

/// <summary>A way out of the house for mail.</summary>
interface IMailer
{
    /// <summary>Hands the message over, or throws. <paramref name="name"/> is the same for the same message.</summary>
    Task SendAsync(MimeMessage message, string name, CancellationToken ct);
}

/// <summary>The mailbox of one machine: a folder with one .eml file a message. Writing the same message again replaces its file.</summary>
sealed class MailboxFolder(IOptions<MailOptions> options) : IMailer
{
    public async Task SendAsync(MimeMessage message, string name, CancellationToken ct)
    {
        var folder = Directory.CreateDirectory(options.Value.Folder).FullName;
        var file = Path.Combine(folder, $"{name}.eml");
        // Written aside and renamed, so that nobody who looks in reads half a letter; unique, since a dying instance may still write its own.
        var draft = Path.Combine(folder, $".{name}.{Guid.NewGuid():N}.draft");
        await using (var stream = File.Create(draft))
        {
            await message.WriteToAsync(stream, ct);
            stream.Flush(flushToDisk: true);
        }
        File.Move(draft, file, overwrite: true);
    }
}

/// <summary>SMTP (RFC 5321).</summary>
sealed class SmtpMailer(IOptions<SmtpOptions> options) : IMailer
{
    public async Task SendAsync(MimeMessage message, string name, CancellationToken ct)
    {
        var smtp = options.Value;
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
