using Confluent.Kafka;

namespace Kampung.AppHost.Chaos;

/// <summary>
/// Sends every event of every topic a second time, as a broker or a relay does that was not sure of the first: with the same headers and so the same id, in the order of its key within
/// its topic, and otherwise in any order. A copy is marked, so that it is not copied again.
/// </summary>
public sealed class Redelivery(ControlFile village, int seed) : IDisposable
{
    const string Mark = "kampung-redelivered";

    static readonly TimeSpan Answer = TimeSpan.FromSeconds(5), Patience = TimeSpan.FromMinutes(1);

    readonly Random random = new(seed);
    readonly Dictionary<TopicPartition, long> next = [];
    readonly SemaphoreSlim turn = new(1);
    readonly IConsumer<byte[], byte[]> consumer = new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig(village.KafkaClient())
    {
        GroupId = "kampung-chaos", // librdkafka wants a name although nothing joins or commits
        EnableAutoCommit = false,
        AutoOffsetReset = AutoOffsetReset.Earliest,
        ReconnectBackoffMaxMs = 500,
    }).SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { }).Build();
    readonly IProducer<byte[], byte[]> producer = new ProducerBuilder<byte[], byte[]>(new ProducerConfig(village.KafkaClient())
    {
        EnableIdempotence = true, MessageTimeoutMs = 0, ReconnectBackoffMaxMs = 500,
    }).SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { }).Build();

    /// <summary>What is there by now is not this run's, and not sent again.</summary>
    public Task SkipAsync(CancellationToken stop) => InTurnAsync(() =>
    {
        foreach (var (partition, end) in Retried(Ends, stop)) next[partition] = end;
        return 0;
    }, stop);

    /// <summary>Sends all again that came since the last round.</summary>
    /// <returns>How many there were.</returns>
    public Task<int> RunAsync(CancellationToken stop) => InTurnAsync(() =>
    {
        var records = Read(Retried(Ends, stop), stop);
        foreach (var record in Shuffled(records))
        {
            record.Message.Headers.Add(Mark, "yes"u8.ToArray());
            producer.Produce(record.TopicPartition, record.Message);
        }
        producer.Flush(stop);
        return records.Count;
    }, stop);

    Dictionary<TopicPartition, long> Ends()
    {
        using var admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        return admin.GetMetadata(Answer).Topics.Where(topic => !topic.Topic.StartsWith('_'))
            .SelectMany(topic => topic.Partitions, (topic, partition) => new TopicPartition(topic.Topic, partition.PartitionId))
            .ToDictionary(partition => partition, partition => consumer.QueryWatermarkOffsets(partition, Answer).High.Value);
    }

    List<ConsumeResult<byte[], byte[]>> Read(Dictionary<TopicPartition, long> ends, CancellationToken stop)
    {
        var records = new List<ConsumeResult<byte[], byte[]>>();
        var open = ends.Where(end => end.Value > next.GetValueOrDefault(end.Key)).Select(end => end.Key).ToHashSet();
        consumer.Assign(open.Select(partition => new TopicPartitionOffset(partition, next.GetValueOrDefault(partition))));
        for (var since = System.Diagnostics.Stopwatch.StartNew(); open.Count > 0 && since.Elapsed < Patience;)
        {
            stop.ThrowIfCancellationRequested();
            if (consumer.Consume(TimeSpan.FromMilliseconds(200)) is not { } record) continue;
            next[record.TopicPartition] = record.Offset.Value + 1;
            if (record.Offset.Value + 1 >= ends[record.TopicPartition]) open.Remove(record.TopicPartition);
            record.Message.Headers ??= [];
            if (record.Offset.Value < ends[record.TopicPartition] && !record.Message.Headers.TryGetLastBytes(Mark, out _)) records.Add(record);
        }
        consumer.Unassign();
        return records;
    }

    /// <summary>One record after the other from a key drawn by lot.</summary>
    IEnumerable<ConsumeResult<byte[], byte[]>> Shuffled(IEnumerable<ConsumeResult<byte[], byte[]>> records)
    {
        var keys = records.GroupBy(record => (record.TopicPartition, Convert.ToHexString(record.Message.Key ?? []))).Select(key => new Queue<ConsumeResult<byte[], byte[]>>(key)).ToList();
        while (keys.Count > 0)
        {
            var drawn = random.Next(keys.Count);
            yield return keys[drawn].Dequeue();
            if (keys[drawn].Count > 0) continue;
            keys[drawn] = keys[^1];
            keys.RemoveAt(keys.Count - 1);
        }
    }

    // The broker may be the one that is down just now.
    static T Retried<T>(Func<T> ask, CancellationToken stop)
    {
        for (var since = System.Diagnostics.Stopwatch.StartNew(); ; stop.WaitHandle.WaitOne(200))
        {
            try
            {
                return ask();
            }
            catch (KafkaException) when (since.Elapsed < Patience && !stop.IsCancellationRequested)
            {
            }
        }
    }

    async Task<T> InTurnAsync<T>(Func<T> work, CancellationToken stop)
    {
        await turn.WaitAsync(stop);
        try
        {
            return await Task.Run(work, stop);
        }
        finally
        {
            turn.Release();
        }
    }

    public void Dispose()
    {
        consumer.Dispose();
        producer.Dispose();
        turn.Dispose();
    }
}
