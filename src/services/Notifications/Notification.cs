namespace Kampung.Notifications;

/// <summary>What may be told, as it stands in the database and in answers. Once published, a name never changes.</summary>
public static class Kind
{
    public const string Welcome = "welcome";
    public const string OrderConfirmed = "order-confirmed";
    public const string OrderRejected = "order-rejected";
    public const string OrderCancelled = "order-cancelled";
    public const string PaymentReceipt = "payment-receipt";
    public const string PaymentRefunded = "payment-refunded";
}

/// <summary>By which way it is told.</summary>
public static class Channel
{
    public const string Email = "email";
}

public enum NotificationState
{
    /// <summary>Waits to be sent, for the first time or again.</summary>
    Pending,

    /// <summary>Taken over by the mail server or written into the mailbox.</summary>
    Sent,

    /// <summary>Given up: refused for good, or tried too often. <see cref="Letter.Error"/> says why.</summary>
    Failed,

    /// <summary>Never to be sent, because the customer has left.</summary>
    Dropped,
}

/// <summary>One message to one customer. There is one a kind and channel for each thing that it is about, whatever is delivered how often.</summary>
public sealed class Notification
{
    public Guid Id { get; init; } = Guid.CreateVersion7();
    public required Guid CustomerId { get; init; }

    /// <summary>What it is about: the order, or for a welcome the customer.</summary>
    public required Guid About { get; init; }
    public required string Kind { get; init; }
    public required string Channel { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public NotificationState State { get; set; }
    public int Attempts { get; set; }

    /// <summary>When the next attempt is due, while pending.</summary>
    public required DateTimeOffset DueAt { get; set; }
    public DateTimeOffset? SentAt { get; set; }
    public required Letter Letter { get; set; }
}

/// <summary>The document: the message as it was written when the event was heard, so that sending it again sends the same.</summary>
/// <param name="TraceParent">The trace of the event (W3C traceparent), which the sending joins.</param>
/// <param name="Error">Why the last attempt failed.</param>
public sealed record Letter(
    Guid? OrderId, string ToName, string ToAddress, string Subject, string Text, string Html, string? TraceParent = null, string? Error = null);
