using System.Globalization;
using Kampung.Broker.Log;

namespace Kampung.Broker;

/// <summary>The topic settings of Kafka that mean something here (https://kafka.apache.org/documentation/#topicconfigs).</summary>
internal static class TopicSettings
{
    /// <summary>The value each setting has for a topic that does not set it.</summary>
    public static IReadOnlyDictionary<string, string> Defaults(BrokerOptions options) => new Dictionary<string, string>
    {
        ["cleanup.policy"] = "delete",
        ["compression.type"] = "producer",
        ["max.message.bytes"] = Text(options.MaxBatchBytes),
        ["message.timestamp.type"] = "CreateTime",
        ["min.insync.replicas"] = "1",
        ["retention.bytes"] = Text(options.Retention.Bytes > 0 ? options.Retention.Bytes : -1),
        ["retention.ms"] = Text(options.Retention.Time > TimeSpan.Zero ? (long)options.Retention.Time.TotalMilliseconds : -1),
        ["segment.bytes"] = Text(options.Segment.Bytes),
        ["segment.ms"] = Text((long)options.Segment.Age.TotalMilliseconds),
    };

    /// <summary>Why a topic cannot have this setting, in one sentence; null when it can.</summary>
    public static string? Problem(string name, string? value) => name switch
    {
        "cleanup.policy" when value == "delete" => null,
        "cleanup.policy" => "This broker only deletes old records; it does not compact topics.",
        "compression.type" when value == "producer" => null,
        "compression.type" => "This broker stores records as the producer compressed them.",
        "message.timestamp.type" when value == "CreateTime" => null,
        "message.timestamp.type" => "This broker keeps the time that the producer set.",
        "min.insync.replicas" when value == "1" => null,
        "min.insync.replicas" => "There is one replica, as there is one broker.",
        "max.message.bytes" or "segment.bytes" => int.TryParse(value, CultureInfo.InvariantCulture, out var bytes) && bytes >= 1024
            ? null : $"{name} must be a whole number of at least 1024.",
        "segment.ms" => long.TryParse(value, CultureInfo.InvariantCulture, out var age) && age is > 0 and <= MaxMilliseconds
            ? null : "segment.ms must be a positive whole number.",
        "retention.bytes" or "retention.ms" => long.TryParse(value, CultureInfo.InvariantCulture, out var limit) && limit is >= -1 and <= MaxMilliseconds
            ? null : $"{name} must be a whole number, or -1 for no limit.",
        _ => $"This broker has no topic setting {name}.",
    };

    public static LogOptions Read(IReadOnlyDictionary<string, string> settings, BrokerOptions defaults)
    {
        var inherited = Defaults(defaults);
        long Number(string name) => long.Parse(settings.GetValueOrDefault(name, inherited[name]), CultureInfo.InvariantCulture);

        return new LogOptions(
            RetentionTime: Number("retention.ms") is >= 0 and var time ? TimeSpan.FromMilliseconds(time) : null,
            RetentionBytes: Number("retention.bytes") is >= 0 and var bytes ? bytes : null,
            SegmentBytes: (int)Number("segment.bytes"),
            SegmentAge: TimeSpan.FromMilliseconds(Number("segment.ms")),
            MaxBatchBytes: (int)Number("max.message.bytes"));
    }

    // A thousand years: what still can be subtracted from a date.
    const long MaxMilliseconds = 1000L * 365 * 24 * 60 * 60 * 1000;

    static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
