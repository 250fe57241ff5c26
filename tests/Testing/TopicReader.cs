using System.Text;
using System.Text.Json;
using Confluent.Kafka;

namespace Kampung.Testing;

/// <summary>A record as Kafka's own client read it: a CloudEvent in binary mode.</summary>
public sealed record ReadEvent(string Key, IReadOnlyDictionary<string, string> Headers, JsonElement Body);

/// <summary>Reads a topic from its beginning in the background.</summary>
public sealed class TopicReader : IDisposable
{
    readonly List<ReadEvent> events = [];
    readonly CancellationTokenSource stop = new();
    readonly Task reading;

    public TopicReader(string bootstrapServers, string topic) =>
        reading = Task.Factory.StartNew(() => Read(bootstrapServers, topic), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>What was read so far about a subject, in its order.</summary>
    public IReadOnlyList<ReadEvent> About(Guid subject)
    {
        if (reading.IsFaulted) reading.GetAwaiter().GetResult();
        lock (events) return [.. events.Where(read => read.Key == subject.ToString())];
    }

    /// <summary>All that was read so far.</summary>
    public IReadOnlyList<ReadEvent> All
    {
        get
        {
            lock (events) return [.. events];
        }
    }

    /// <summary>Waits until there are <paramref name="count"/> events about a subject.</summary>
    public Task<IReadOnlyList<ReadEvent>> AboutAsync(Guid subject, int count) =>
        Eventually.Get(() => Task.FromResult(About(subject) is { } read && read.Count >= count ? read : null!), text: $"{count} events about {subject}");

    public void Dispose()
    {
        stop.Cancel();
        try
        {
            reading.GetAwaiter().GetResult();
        }
        finally
        {
            stop.Dispose();
        }
    }

    void Read(string bootstrapServers, string topic)
    {
        using var consumer = new ConsumerBuilder<string, byte[]>(new ConsumerConfig
        {
            BootstrapServers = bootstrapServers,
            GroupId = $"test-{Guid.NewGuid()}",
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnableAutoCommit = false,
            TopicMetadataRefreshIntervalMs = 200,
        }).SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { }).Build();
        consumer.Subscribe(topic);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                if (consumer.Consume(TimeSpan.FromMilliseconds(100)) is { } record)
                    lock (events) events.Add(ToEvent(record.Message));
            }
            catch (ConsumeException e) when (e.Error.Code == ErrorCode.UnknownTopicOrPart)
            {
                // Nothing was published yet.
            }
        }
        consumer.Close();
    }

    static ReadEvent ToEvent(Message<string, byte[]> message) => new(
        message.Key,
        message.Headers.ToDictionary(header => header.Key, header => Encoding.UTF8.GetString(header.GetValueBytes())),
        JsonSerializer.Deserialize<JsonElement>(message.Value));
}
