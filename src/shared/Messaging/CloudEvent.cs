using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Confluent.Kafka;

namespace Kampung.Messaging;

/// <summary>CloudEvents 1.0 in Kafka's binary mode: the attributes are headers, the body is the event.</summary>
static class CloudEvent
{
    public const string Id = "ce_id", Type = "ce_type", Source = "ce_source", Time = "ce_time", Subject = "ce_subject", SpecVersion = "ce_specversion";
    public const string ContentType = "content-type", TraceParent = "traceparent", TraceState = "tracestate";

    public static Headers HeadersOf(OutboxRow row, string source, Activity? publishing)
    {
        var headers = new Headers();
        Add(SpecVersion, "1.0");
        Add(Id, row.EventId.ToString());
        Add(Type, row.Type);
        Add(Source, source);
        Add(Time, row.Time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture));
        Add(Subject, row.Key);
        Add(ContentType, "application/json");
        Add(TraceParent, publishing?.Id ?? row.TraceParent);
        Add(TraceState, publishing is null ? row.TraceState : publishing.TraceStateString);
        return headers;

        void Add(string name, string? value)
        {
            if (value is not null) headers.Add(name, Encoding.UTF8.GetBytes(value));
        }
    }
}

/// <summary>A record as it came from the broker or from the table of parked messages, and what a handler can make of it.</summary>
sealed class Delivery
{
    public required string Topic { get; init; }
    public required int Partition { get; init; }
    public required long Offset { get; init; }
    public required string? Key { get; init; }
    public required Dictionary<string, string> Headers { get; init; }
    public required byte[] Body { get; init; }

    /// <summary>The CloudEvents id; for a record without one an id made from its place and content, so that it too is dealt with once.</summary>
    public Guid EventId { get; private set; }
    public string Type { get; private set; } = "";
    public string Source { get; private set; } = "";
    public DateTimeOffset Time { get; private set; }
    public IEvent? Event { get; private set; }
    public EventHandlers.Subscription? Subscription { get; private set; }

    /// <summary>Why no handler can take it; null when one can.</summary>
    public string? Unreadable { get; private set; }

    public ActivityContext Parent =>
        ActivityContext.TryParse(Headers.GetValueOrDefault(CloudEvent.TraceParent), Headers.GetValueOrDefault(CloudEvent.TraceState), isRemote: true, out var parent)
            ? parent : default;

    public static Delivery Of(ConsumeResult<byte[], byte[]> record, EventHandlers handlers)
    {
        var headers = new Dictionary<string, string>();
        foreach (var header in record.Message.Headers ?? []) headers[Text(Encoding.UTF8.GetBytes(header.Key))] = Text(header.GetValueBytes() ?? []);
        var delivery = new Delivery
        {
            Topic = record.Topic,
            Partition = record.Partition.Value,
            Offset = record.Offset.Value,
            Key = record.Message.Key is { } key ? Text(key) : null,
            Headers = headers,
            Body = record.Message.Value ?? [],
            Time = record.Message.Timestamp.UtcDateTime,
        };
        delivery.EventId = delivery.PlaceAndContent();
        delivery.Read(handlers);
        return delivery;
    }

    public static Delivery Of(ParkedMessage parked, EventHandlers handlers)
    {
        var delivery = new Delivery
        {
            Topic = parked.Topic,
            Partition = parked.Partition,
            Offset = parked.Offset,
            Key = parked.Key,
            Headers = parked.Headers,
            Body = parked.Body,
            EventId = parked.EventId,
            Time = parked.ParkedAt,
        };
        delivery.Read(handlers);
        return delivery;
    }

    void Read(EventHandlers handlers)
    {
        if (!Headers.TryGetValue(CloudEvent.Id, out var id)) Unreadable = "The header ce_id is missing.";
        else if (!Guid.TryParse(id, out var eventId)) Unreadable = $"The header ce_id is '{id}', not a UUID.";
        else if (!Headers.TryGetValue(CloudEvent.Source, out var source)) (EventId, Unreadable) = (eventId, "The header ce_source is missing.");
        else if (!Headers.TryGetValue(CloudEvent.Type, out var type)) (EventId, Unreadable) = (eventId, "The header ce_type is missing.");
        else
        {
            (EventId, Source, Type) = (eventId, source, type);
            if (DateTimeOffset.TryParse(Headers.GetValueOrDefault(CloudEvent.Time), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)) Time = time;
            ReadBody(handlers);
        }
    }

    void ReadBody(EventHandlers handlers)
    {
        if (Headers.GetValueOrDefault(CloudEvent.SpecVersion, "1.0") is var version && !version.StartsWith("1.", StringComparison.Ordinal))
            Unreadable = $"CloudEvents {version} is not understood.";
        else if (!handlers.TryFind(Topic, Type, out var subscription))
            Unreadable = $"Nobody here handles {Type} on {Topic}.";
        else
        {
            try
            {
                (Event, Subscription) = (subscription.Read(Body), subscription);
                if (Event is null) Unreadable = "The body is null.";
            }
            // Whatever a serializer or a record's own constructor throws, it is the body's fault and will be so again.
            catch (Exception error)
            {
                Unreadable = $"The body is not a {Type}: {error.Message}";
            }
        }
    }

    /// <summary>A UUID version 8 (RFC 9562): the record's timestamp tells it from one at the same offset of a broker that was emptied since.</summary>
    Guid PlaceAndContent()
    {
        var place = Encoding.UTF8.GetBytes($"{Topic}/{Partition}/{Offset}/{Time.UtcTicks}/");
        Span<byte> id = SHA256.HashData([.. place, .. Body]).AsSpan(0, 16);
        id[6] = (byte)((id[6] & 0x0F) | 0x80);
        id[8] = (byte)((id[8] & 0x3F) | 0x80);
        return new Guid(id, bigEndian: true);
    }

    /// <summary>PostgreSQL's text holds no NUL, which garbage may.</summary>
    public static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes).Replace('\0', '\uFFFD');
}
