namespace Kampung.Messaging;

/// <summary>"This consumer has dealt with this event", written in the transaction of what the handler changed.</summary>
sealed class InboxEntry
{
    public required string Consumer { get; init; }
    public required Guid EventId { get; init; }
    public required DateTimeOffset HandledAt { get; init; }
}
