using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Kampung.Testing;

namespace Kampung.Broker.Tests;

/// <summary>Confluent.Kafka's clients, set up the same way in every test.</summary>
static class Clients
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>The Kafka that is given by the environment; without one the test is skipped.</summary>
    public static ForeignKafka ForeignOrSkip()
    {
        Assert.SkipUnless(ForeignKafka.IsGiven, ForeignKafka.WhySkipped);
        return new ForeignKafka();
    }

    public static string NewTopic() => $"topic-{Guid.NewGuid():N}";

    public static string NewGroup() => $"group-{Guid.NewGuid():N}";

    public static IProducer<string, string> Producer(string servers, Action<ProducerConfig>? configure = null)
    {
        var config = new ProducerConfig { BootstrapServers = servers, Acks = Acks.All, LingerMs = 0, ReconnectBackoffMaxMs = 200, RetryBackoffMs = 20, RetryBackoffMaxMs = 200 };
        configure?.Invoke(config);
        return new ProducerBuilder<string, string>(config).SetLogHandler((_, _) => { }).Build();
    }

    public static IConsumer<string, string> Consumer(string servers, string group, Action<ConsumerConfig>? configure = null, Action<ConsumerBuilder<string, string>>? build = null)
    {
        var config = new ConsumerConfig
        {
            BootstrapServers = servers,
            GroupId = group,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnableAutoCommit = false,
            SessionTimeoutMs = 20_000,
            HeartbeatIntervalMs = 200,
            ReconnectBackoffMaxMs = 200,
            TopicMetadataRefreshIntervalMs = 500,
        };
        configure?.Invoke(config);
        var builder = new ConsumerBuilder<string, string>(config).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { });
        build?.Invoke(builder);
        return builder.Build();
    }

    public static IAdminClient Admin(string servers) =>
        new AdminClientBuilder(new AdminClientConfig { BootstrapServers = servers }).SetLogHandler((_, _) => { }).Build();

    public static async Task CreateTopicAsync(string servers, string topic, int partitions, Dictionary<string, string>? settings = null)
    {
        using var admin = Admin(servers);
        await admin.CreateTopicsAsync([new TopicSpecification { Name = topic, NumPartitions = partitions, ReplicationFactor = 1, Configs = settings }]);
    }

    /// <summary>All records of all partitions, up to the end of each, in the order of each partition.</summary>
    public static List<ConsumeResult<string, string>> ReadAll(string servers, string topic)
    {
        using var consumer = Consumer(servers, NewGroup(), config => config.EnablePartitionEof = true);
        var partitions = Partitions(servers, topic);
        consumer.Assign(Enumerable.Range(0, partitions).Select(partition => new TopicPartitionOffset(topic, partition, Offset.Beginning)));
        var records = new List<ConsumeResult<string, string>>();
        var ended = new HashSet<int>();
        while (ended.Count < partitions)
        {
            var result = consumer.Consume(Patience) ?? throw new ShouldAssertException($"{topic} did not come to its end after {records.Count} records");
            if (result.IsPartitionEOF) ended.Add(result.Partition);
            else records.Add(result);
        }
        return [.. records.OrderBy(record => record.Partition.Value).ThenBy(record => record.Offset.Value)];
    }

    public static int Partitions(string servers, string topic)
    {
        using var admin = Admin(servers);
        return admin.GetMetadata(topic, Patience).Topics.Single().Partitions.Count;
    }

    /// <summary>Polls until so many records came.</summary>
    public static List<ConsumeResult<string, string>> Take(this IConsumer<string, string> consumer, int count)
    {
        var records = new List<ConsumeResult<string, string>>();
        while (records.Count < count)
        {
            records.Add(consumer.Consume(Patience) ?? throw new ShouldAssertException($"{records.Count} of {count} records came"));
        }
        return records;
    }
}
