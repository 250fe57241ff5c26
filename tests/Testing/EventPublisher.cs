using System.Text;
using System.Text.Json;
using Confluent.Kafka;

namespace Kampung.Testing;

/// <summary>Publishes CloudEvents in Kafka's binary mode, as any service may.</summary>
public sealed class EventPublisher(string bootstrapServers) : IDisposable
{
    readonly IProducer<string, byte[]> producer = new ProducerBuilder<string, byte[]>(
        new ProducerConfig { BootstrapServers = bootstrapServers, Acks = Acks.All, LingerMs = 0 }).SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { }).Build();

    /// <returns>The event's id.</returns>
    public async Task<Guid> Publishes(string topic, Guid subject, object body, Guid? id = null, string? traceparent = null, DateTimeOffset? time = null)
    {
        var eventId = id ?? Guid.CreateVersion7();
        var headers = new Headers();
        void Add(string name, string value) => headers.Add(name, Encoding.UTF8.GetBytes(value));
        Add("ce_specversion", "1.0");
        Add("ce_id", $"{eventId}");
        Add("ce_type", $"kampung.{topic}.v1");
        Add("ce_source", "a-test");
        Add("ce_time", (time ?? DateTimeOffset.UtcNow).ToString("O"));
        Add("ce_subject", $"{subject}");
        Add("content-type", "application/json");
        if (traceparent is not null) Add("traceparent", traceparent);
        await producer.ProduceAsync(topic, new() { Key = $"{subject}", Value = JsonSerializer.SerializeToUtf8Bytes(body, JsonSerializerOptions.Web), Headers = headers });
        return eventId;
    }

    /// <summary>Not a CloudEvent at all.</summary>
    public Task PublishesGarbage(string topic, Guid key, byte[] bytes) => producer.ProduceAsync(topic, new() { Key = $"{key}", Value = bytes });

    public void Dispose() => producer.Dispose();
}
