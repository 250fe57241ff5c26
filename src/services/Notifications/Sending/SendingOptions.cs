namespace Kampung.Notifications.Sending;

/// <summary>The section <c>Sending</c>, the same for every channel.</summary>
sealed class SendingOptions
{
    /// <summary>After so many failed attempts a message is given up.</summary>
    public int MaxAttempts { get; set; } = 12;

    /// <summary>Wait after the first failed attempt; doubles with each further one.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a message that was just written waits for others, to be sent with them.</summary>
    public TimeSpan Gather { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>How often to look for messages that nobody announces: those to be tried again, and those of an instance that died.</summary>
    public TimeSpan Poll { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Messages of one channel that an instance sends at the same time.</summary>
    public int AtOnce { get; set; } = 4;

    /// <summary>Where messages go that no server is configured for: one file a message. Relative to the working folder.</summary>
    public string Mailbox { get; set; } = "mailbox";

    /// <summary>How long a notification can be looked up.</summary>
    public TimeSpan Kept { get; set; } = TimeSpan.FromDays(400);
}
