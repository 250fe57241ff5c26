using MailKit.Security;

namespace Kampung.Notifications.Mail;

/// <summary>The section <c>Mail</c>.</summary>
sealed class MailOptions
{
    /// <summary>Whom mail comes from; its domain is also that of the Message-IDs.</summary>
    public string From { get; set; } = "Kampung <no-reply@kampung.example>";
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
