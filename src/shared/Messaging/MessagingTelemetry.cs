using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;

namespace Kampung.Messaging;

/// <summary>Spans and metrics, named as OpenTelemetry's semantic conventions for messaging have them where they have them.</summary>
sealed class MessagingTelemetry
{
    /// <summary>Name of the activity source and of the meter.</summary>
    public const string Name = "Kampung.Messaging";

    static readonly ActivitySource Source = new(Name);

    readonly string _service;
    readonly Histogram<double> _publishLag;
    readonly Histogram<double> _processDuration;
    readonly Counter<long> _handled, _duplicates, _failed, _parked, _dead;

    /// <summary>Rows in the outbox as its relay last saw them; null in an instance whose relay is not the active one.</summary>
    public long? OutboxDepth { get; set; }
    public long ParkedDepth { get; set; }
    public long DeadLetterDepth { get; set; }

    public MessagingTelemetry(IMeterFactory meters, IOptions<MessagingOptions> options)
    {
        _service = options.Value.Service;
        var meter = meters.Create(Name);
        _publishLag = meter.CreateHistogram<double>("kampung.messaging.publish.lag", "s", "From the event's publication to the broker's acknowledgement.");
        _processDuration = meter.CreateHistogram<double>("messaging.process.duration", "s", "Time a handler took.");
        _handled = meter.CreateCounter<long>("kampung.messaging.handled", "{event}", "Events that took effect.");
        _duplicates = meter.CreateCounter<long>("kampung.messaging.duplicates", "{event}", "Events that came again and were skipped.");
        _failed = meter.CreateCounter<long>("kampung.messaging.failed", "{attempt}", "Attempts that failed.");
        _parked = meter.CreateCounter<long>("kampung.messaging.parked", "{event}", "Events put aside, because they failed or because an earlier one of their key had.");
        _dead = meter.CreateCounter<long>("kampung.messaging.dead_lettered", "{event}", "Events given up until somebody replays or discards them.");
        meter.CreateObservableGauge("kampung.messaging.outbox.depth", () => OutboxDepth is { } depth ? [new Measurement<long>(depth)] : Array.Empty<Measurement<long>>(), "{event}");
        meter.CreateObservableGauge("kampung.messaging.parked.depth", () => ParkedDepth, "{event}");
        meter.CreateObservableGauge("kampung.messaging.dead_letters.depth", () => DeadLetterDepth, "{event}");
    }

    public void Published(OutboxRow row, DateTimeOffset now) => _publishLag.Record(Math.Max(0, (now - row.Time).TotalSeconds), Topic(row.Topic));

    public void Processed(Delivery delivery, TimeSpan took, Exception? error)
    {
        var tags = new TagList { Topic(delivery.Topic), new("messaging.consumer.group.name", _service) };
        if (error is not null) tags.Add("error.type", error.GetType().FullName);
        _processDuration.Record(took.TotalSeconds, tags);
        if (error is not null) _failed.Add(1, Topic(delivery.Topic));
    }

    public void Handled(string topic) => _handled.Add(1, Topic(topic));
    public void Duplicate(string topic) => _duplicates.Add(1, Topic(topic));
    public void Parked(string topic) => _parked.Add(1, Topic(topic));
    public void Dead(string topic) => _dead.Add(1, Topic(topic));

    static KeyValuePair<string, object?> Topic(string topic) => new("messaging.destination.name", topic);

    /// <summary>The producer's span, child of the activity that published the event. Call it in an async method of its own: it changes Activity.Current.</summary>
    public static Activity? StartPublish(OutboxRow row)
    {
        ActivityContext.TryParse(row.TraceParent, row.TraceState, isRemote: true, out var parent);
        Activity.Current = null; // or it would become the parent of an event that has none
        var activity = Source.StartActivity($"{row.Topic} publish", ActivityKind.Producer, parent);
        return Describe(activity, "publish", "send", row.Topic, row.EventId, row.Key);
    }

    /// <summary>The consumer's span, child of the producer's. Call it in an async method of its own: it changes Activity.Current.</summary>
    public Activity? StartProcess(Delivery delivery)
    {
        Activity.Current = null;
        var activity = Source.StartActivity($"{delivery.Topic} process", ActivityKind.Consumer, delivery.Parent);
        activity?.SetTag("messaging.consumer.group.name", _service);
        activity?.SetTag("messaging.destination.partition.id", delivery.Partition.ToString(System.Globalization.CultureInfo.InvariantCulture));
        activity?.SetTag("messaging.kafka.offset", delivery.Offset);
        return Describe(activity, "process", "process", delivery.Topic, delivery.EventId, delivery.Key);
    }

    /// <summary>An unrecorded parent for the SQL of work that belongs to no single event, so that polls do not fill the traces.</summary>
    public static Activity Quiet() => new Activity("messaging").SetIdFormat(ActivityIdFormat.W3C).Start();

    static Activity? Describe(Activity? activity, string operation, string type, string topic, Guid eventId, string? key) => activity?
        .SetTag("messaging.system", "kafka")
        .SetTag("messaging.operation.name", operation)
        .SetTag("messaging.operation.type", type)
        .SetTag("messaging.destination.name", topic)
        .SetTag("messaging.message.id", eventId.ToString())
        .SetTag("messaging.kafka.message.key", key);
}
