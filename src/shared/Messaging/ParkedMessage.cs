namespace Kampung.Messaging;

enum ParkedState
{
    /// <summary>Waits for its due time, or behind an earlier message of its key.</summary>
    Parked,

    /// <summary>Failed for the last time. Its key waits until somebody replays or discards it.</summary>
    Dead,

    /// <summary>Not a CloudEvent that a handler of ours could read. Nothing waits behind it: what cannot be read says nothing that later events rest on.</summary>
    Unreadable,
}

/// <summary>A message that could not be handled when it came. The lowest <see cref="Id"/> of a key is the one to be handled next.</summary>
sealed class ParkedMessage
{
    public long Id { get; private set; }
    public required string Consumer { get; init; }
    public required Guid EventId { get; init; }
    public required string Topic { get; init; }
    public required int Partition { get; init; }
    public required long Offset { get; init; }

    /// <summary>Null for a record without a key: it has no order to keep.</summary>
    public string? Key { get; init; }
    public required Dictionary<string, string> Headers { get; init; }
    public required byte[] Body { get; init; }
    public required ParkedState State { get; set; }
    public required int Attempts { get; set; }
    public required DateTimeOffset ParkedAt { get; init; }
    public required DateTimeOffset DueAt { get; set; }
    public string? Error { get; set; }
}
