using MailKit.Security;

namespace Kampung.Notifications.Mail;

/// <summary>The section <c>Mail</c>.</summary>
sealed class MailOptions
{
    /// <summary>Where mail goes when there is no SMTP server: one .eml file a message. Relative to the working folder.</summary>
    public string Folder { get; set; } = "mailbox";

    /// <summary>Whom mail comes from; its domain is also that of the Message-IDs.</summary>
    public string From { get; set; } = "Kampung <no-reply@kampung.example>";

    /// <summary>After so many failed attempts a message is given up.</summary>
    public int MaxAttempts { get; set; } = 12;

    /// <summary>Wait after the first failed attempt; doubles with each further one.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How often to look for mail to send.</summary>
    public TimeSpan Poll { get; set; } = TimeSpan.FromMilliseconds(250);
}

/// <summary>The section <c>Smtp</c>: with a host, mail goes there instead of into the folder.</summary>
sealed class SmtpOptions
{
    public string? Host { get; set; }
    public int Port { get; set; } = 25;

    /// <summary><c>Auto</c> uses STARTTLS where it is offered; <c>SslOnConnect</c>, <c>StartTls</c> insist; <c>None</c> does not encrypt.</summary>
    public SecureSocketOptions Security { get; set; } = SecureSocketOptions.Auto;
    public string? User { get; set; }
    public string? Password { get; set; }

    /// <summary>How long the server may take for each of its answers.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(20);
}
