using System.Globalization;

namespace Kampung.Broker;

/// <summary>The configuration section <c>Broker</c>.</summary>
public sealed class BrokerOptions
{
    /// <summary>The folder that holds everything; one broker at a time.</summary>
    public string Data { get; set; } = "broker-data";

    /// <summary>The address to listen on.</summary>
    public string Listen { get; set; } = "127.0.0.1";

    /// <summary>The host name clients are told to connect to.</summary>
    public string Host { get; set; } = "127.0.0.1";

    /// <summary>The Kafka port; 0 takes a free one, which the log and <c>GET /</c> tell.</summary>
    public int Port { get; set; } = 9092;

    /// <summary>The port clients are told to connect to, when it is another one in front of this one; 0 for the same.</summary>
    public int AdvertisedPort { get; set; }

    /// <summary>Partitions of a topic whose creator does not say.</summary>
    public int Partitions { get; set; } = 4;

    /// <summary>Whether a topic that a client asks for is created (the client has a say too).</summary>
    public bool AutoCreateTopics { get; set; } = true;

    /// <summary>The largest record batch taken, in bytes.</summary>
    public int MaxBatchBytes { get; set; } = 1024 * 1024 + 12;

    /// <summary>The largest request taken, in bytes; a frame that announces more is refused.</summary>
    public int MaxRequestBytes { get; set; } = 100 * 1024 * 1024;

    public SegmentOptions Segment { get; set; } = new();

    public RetentionOptions Retention { get; set; } = new();

    public GroupOptions Groups { get; set; } = new();

    public sealed class SegmentOptions
    {
        /// <summary>A log goes on in a new file when this one would grow past it.</summary>
        public int Bytes { get; set; } = 64 * 1024 * 1024;

        /// <summary>A log goes on in a new file when this one is this old.</summary>
        public TimeSpan Age { get; set; } = TimeSpan.FromDays(1);
    }

    public sealed class RetentionOptions
    {
        /// <summary>Records older than this are deleted, whole files at a time; zero or less keeps them.</summary>
        public TimeSpan Time { get; set; } = TimeSpan.FromDays(7);

        /// <summary>A partition's oldest files are deleted as long as the rest has this many bytes; zero or less for no limit.</summary>
        public long Bytes { get; set; } = 1024 * 1024 * 1024;

        /// <summary>Committed offsets of a group without members are forgotten after this time.</summary>
        public TimeSpan Offsets { get; set; } = TimeSpan.FromDays(7);

        /// <summary>How often to look.</summary>
        public TimeSpan Check { get; set; } = TimeSpan.FromMinutes(1);
    }

    public sealed class GroupOptions
    {
        /// <summary>How long a new group waits for more members before its first assignment.</summary>
        public TimeSpan InitialRebalanceDelay { get; set; } = TimeSpan.FromMilliseconds(100);

        public TimeSpan MinSessionTimeout { get; set; } = TimeSpan.FromSeconds(1);

        public TimeSpan MaxSessionTimeout { get; set; } = TimeSpan.FromMinutes(30);
    }

    /// <summary>What is wrong with these options, in one sentence; null when nothing is.</summary>
    public string? Problem() => this switch
    {
        { Port: < 0 or > 65535 } => string.Create(CultureInfo.InvariantCulture, $"Broker:Port is {Port}; it must be a port number, or 0 for a free one."),
        { Partitions: < 1 or > TopicStore.MaxPartitions } =>
            string.Create(CultureInfo.InvariantCulture, $"Broker:Partitions is {Partitions}; it must be 1 to {TopicStore.MaxPartitions}."),
        { Data: "" } => "Broker:Data is empty; it must name the folder that holds the data.",
        { Segment.Bytes: < 1024 } => "Broker:Segment:Bytes must be at least 1024.",
        { MaxBatchBytes: < 1024 } => "Broker:MaxBatchBytes must be at least 1024.",
        _ when !System.Net.IPAddress.TryParse(Listen, out _) => $"Broker:Listen is '{Listen}'; it must be an IP address.",
        _ => null,
    };
}
