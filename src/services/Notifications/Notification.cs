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
    public const string MealReady = "meal-ready";
    public const string OnItsWay = "on-its-way";
    public const string Delivered = "delivered";

    /// <summary>Secret while it is worth something: nobody but the addressee is to see the text, so it is never listed, and forgotten when it is sent.</summary>
    public const string PasswordReset = "password-reset";

    /// <summary>News on the way to the meal, which a customer may do without. The rest is about money and promises, and is always told.</summary>
    public static IReadOnlyList<string> CanBeMuted { get; } = [MealReady, OnItsWay, Delivered];
}

/// <summary>By which way it is told.</summary>
public static class Channel
{
    public const string Email = "email";
    public const string WhatsApp = "whatsApp";

    /// <summary>Shown in the shop; nothing is sent.</summary>
    public const string InApp = "inApp";

    public static IReadOnlyList<string> All { get; } = [Email, WhatsApp, InApp];
}

public enum NotificationState
{
    /// <summary>Waits to be sent, for the first time or again.</summary>
    Pending,

    /// <summary>Taken over by the mail server, WhatsApp or the mailbox; or to be seen in the shop.</summary>
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

    /// <summary>When the customer saw it in the shop.</summary>
    public DateTimeOffset? ReadAt { get; set; }
    public required Letter Letter { get; set; }
}

/// <summary>The document: the message as it was written when the event was heard, so that sending it again sends the same. Each channel needs a part of it.</summary>
/// <param name="ToAddress">The e-mail address, or the telephone number in international form (E.164); empty in the shop.</param>
/// <param name="Parameters">What is filled into WhatsApp's template of this kind, in its order.</param>
/// <param name="TraceParent">The trace of the event (W3C traceparent), which the sending joins.</param>
/// <param name="Error">Why the last attempt failed.</param>
public sealed record Letter(
    Guid? OrderId, string ToName, string ToAddress, string Language, string Subject, string Text, string Html, IReadOnlyList<string>? Parameters = null,
    string? TraceParent = null, string? Error = null);
