namespace Kampung.Messaging;

/// <summary>Settings of messaging: the sections <c>Kafka</c> and <c>Messaging</c> together.</summary>
public sealed class MessagingOptions
{
    /// <summary><c>Kafka:BootstrapServers</c>: host:port, comma-separated.</summary>
    public string BootstrapServers { get; set; } = "127.0.0.1:9092";

    /// <summary><c>Kafka:Partitions</c> of topics that messaging creates.</summary>
    public int Partitions { get; set; } = 4;

    /// <summary><c>Kafka:ReplicationFactor</c> of topics that messaging creates; -1 leaves it to the broker.</summary>
    public short ReplicationFactor { get; set; } = -1;

    /// <summary><c>Kafka:Properties:*</c>: any librdkafka setting, such as security.protocol; they win over messaging's own.</summary>
    public Dictionary<string, string> Properties { get; } = [];

    /// <summary>Name of the consumer group and <c>ce_source</c>; the application's name when not set.</summary>
    public string Service { get; set; } = "";

    /// <summary>At most so many events are handled in one transaction.</summary>
    public int BatchSize { get; set; } = 100;

    /// <summary>At most so many outbox rows are read, sent and deleted at once.</summary>
    public int RelayBatchSize { get; set; } = 500;

    /// <summary>The relay's safety net: it looks into the outbox this often even when no commit wakes it.</summary>
    public TimeSpan RelayPoll { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>A relay that says nothing to PostgreSQL for so long loses its place to another instance.</summary>
    public TimeSpan RelayLease { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How often an event is tried in place before it is parked.</summary>
    public int ImmediateAttempts { get; set; } = 3;

    /// <summary>Wait before the second attempt in place; doubles with each further one.</summary>
    public TimeSpan ImmediateDelay { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Attempts in all; after the last one the event is a dead letter.</summary>
    public int MaxAttempts { get; set; } = 15;

    /// <summary>Wait before the first attempt of a parked event; doubles with each further one.</summary>
    public TimeSpan ParkedDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>The longest wait between two attempts of a parked event.</summary>
    public TimeSpan MaxParkedDelay { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How often parked messages are looked at when nothing wakes their retrier: what another, dead instance left due is found this late at most.</summary>
    public TimeSpan ParkedPoll { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long an event's id is remembered; a duplicate that arrives later than this would be handled again.</summary>
    public TimeSpan InboxRetention { get; set; } = TimeSpan.FromDays(7);

    /// <summary>How often forgotten ids are deleted.</summary>
    public TimeSpan InboxSweep { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>An instance that is silent for so long loses its partitions to the others; Apache Kafka accepts no less than 6 seconds by default.</summary>
    public TimeSpan SessionTimeout { get; set; } = TimeSpan.FromSeconds(6);

    /// <summary>The wait after so many failed attempts.</summary>
    internal TimeSpan DelayAfter(int attempts)
    {
        var delay = ParkedDelay * Math.Pow(2, Math.Clamp(attempts - ImmediateAttempts, 0, 30));
        return delay < MaxParkedDelay ? delay : MaxParkedDelay;
    }
}
