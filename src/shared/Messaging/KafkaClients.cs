using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kampung.Messaging;

/// <summary>Builds librdkafka's clients with the settings that messaging's promise rests on.</summary>
sealed class KafkaClients(IOptions<MessagingOptions> options, ILogger<KafkaClients> logger)
{
    readonly MessagingOptions _options = options.Value;

    /// <summary>
    /// Idempotent and in order, waiting for the broker as long as it takes: with a time-out one message of a key could be given up while a later one is sent.
    /// </summary>
    public IProducer<string, byte[]> CreateProducer() => new ProducerBuilder<string, byte[]>(Configure(new ProducerConfig
        {
            EnableIdempotence = true,
            Acks = Acks.All,
            MessageTimeoutMs = 0,
            MessageMaxBytes = 1_048_576,
            LingerMs = 1,
        }))
        .SetErrorHandler((_, error) => Report(error))
        .SetLogHandler((_, message) => Log(message))
        .Build();

    /// <summary>A member of the service's group; offsets are stored by hand and committed in the background, since the inbox already knows what was handled.</summary>
    public IConsumer<byte[], byte[]> CreateMember(Action<IReadOnlyList<TopicPartition>> revoked) => new ConsumerBuilder<byte[], byte[]>(Configure(new ConsumerConfig
        {
            GroupId = _options.Service,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnableAutoOffsetStore = false,
            EnableAutoCommit = true,
            AutoCommitIntervalMs = 1000,
            PartitionAssignmentStrategy = PartitionAssignmentStrategy.CooperativeSticky,
            SessionTimeoutMs = (int)_options.SessionTimeout.TotalMilliseconds,
            HeartbeatIntervalMs = (int)_options.SessionTimeout.TotalMilliseconds / 3,
        }))
        .SetPartitionsRevokedHandler((_, partitions) => revoked([.. partitions.Select(partition => partition.TopicPartition)]))
        .SetPartitionsLostHandler((_, partitions) => revoked([.. partitions.Select(partition => partition.TopicPartition)]))
        .SetErrorHandler((_, error) => Report(error))
        .SetLogHandler((_, message) => Log(message))
        .Build();

    /// <summary>A reader of its own, outside every group.</summary>
    public IConsumer<byte[], byte[]> CreateReader() => new ConsumerBuilder<byte[], byte[]>(Configure(new ConsumerConfig
        {
            GroupId = $"{_options.Service}-listener", // librdkafka wants a name although nothing joins or commits
            EnableAutoCommit = false,
            EnableAutoOffsetStore = false,
            AutoOffsetReset = AutoOffsetReset.Latest,
        }))
        .SetErrorHandler((_, error) => Report(error))
        .SetLogHandler((_, message) => Log(message))
        .Build();

    /// <summary>Creates the topics that do not exist yet, with the configured number of partitions.</summary>
    /// <exception cref="KafkaException">The broker cannot be reached.</exception>
    public async Task EnsureTopicsAsync(Handle client, IEnumerable<string> topics)
    {
        using var admin = new DependentAdminClientBuilder(client).Build();
        try
        {
            await admin.CreateTopicsAsync(
                topics.Select(topic => new TopicSpecification { Name = topic, NumPartitions = _options.Partitions, ReplicationFactor = _options.ReplicationFactor }),
                new CreateTopicsOptions { RequestTimeout = TimeSpan.FromSeconds(10), OperationTimeout = TimeSpan.FromSeconds(10) });
        }
        catch (CreateTopicsException error) when (error.Results.Count > 0)
        {
            // Refused by a broker whose operators create topics themselves: clients wait until they have.
            foreach (var result in error.Results.Where(result => result.Error.IsError && result.Error.Code != ErrorCode.TopicAlreadyExists))
                logger.LogInformation("Topic {Topic} was not created: {Reason}", result.Topic, result.Error.Reason);
        }
    }

    T Configure<T>(T config) where T : ClientConfig
    {
        config.BootstrapServers = _options.BootstrapServers;
        config.ClientId = _options.Service;
        config.SocketNagleDisable = true;
        config.ReconnectBackoffMs = 100;
        config.ReconnectBackoffMaxMs = 1000;
        config.TopicMetadataRefreshIntervalMs = 30_000;
        config.AllowAutoCreateTopics = false;
        foreach (var (name, value) in _options.Properties) config.Set(name, value);
        return config;
    }

    // librdkafka reconnects by itself: a broker that is away is news, not an error of ours.
    void Report(Error error) => logger.Log(
        error.IsFatal ? LogLevel.Error : error.Code == ErrorCode.Local_AllBrokersDown ? LogLevel.Information : LogLevel.Debug, "Kafka: {Reason}", error.Reason);

    void Log(LogMessage message) => logger.LogDebug("Kafka: {Facility} {Message}", message.Facility, message.Message);
}
