using Confluent.Kafka;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kampung.Messaging;

/// <summary>Reads every partition from its end, outside every group: each instance hears everything, from the moment it starts, without a database.</summary>
sealed class EventListener(
    EventHandlers handlers, KafkaClients kafka, MessagingTelemetry telemetry, IServiceScopeFactory scopes, IOptions<MessagingOptions> options, TimeProvider time,
    ILogger<EventListener> logger) : BackgroundService
{
    static readonly TimeSpan PollTime = TimeSpan.FromMilliseconds(200), MetadataTime = TimeSpan.FromSeconds(5), NewPartitions = TimeSpan.FromSeconds(30);

    readonly HashSet<TopicPartition> _assigned = [];

    protected override Task ExecuteAsync(CancellationToken stop) => Task.Factory.StartNew(
        () => Run(stop), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    void Run(CancellationToken stop)
    {
        using var consumer = kafka.CreateReader();
        var looked = 0L;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                if (looked == 0 || time.GetElapsedTime(looked) > NewPartitions)
                {
                    Assign(consumer, first: looked == 0);
                    looked = time.GetTimestamp();
                }
                if (consumer.Consume(PollTime) is { } record) HandleAsync(Delivery.Of(record, handlers), stop).GetAwaiter().GetResult();
            }
            catch (Exception error) when (error is KafkaException or AggregateException { InnerException: KafkaException })
            {
                logger.LogDebug("Kafka: {Reason}", error.Message);
                stop.WaitHandle.WaitOne(PollTime);
            }
        }
        consumer.Close();
    }

    /// <summary>Takes the partitions that are there, at their end; those that appear later from their beginning, since they are new.</summary>
    void Assign(IConsumer<byte[], byte[]> consumer, bool first)
    {
        if (first) kafka.EnsureTopicsAsync(consumer.Handle, handlers.Topics).Wait();
        using var admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        var partitions = handlers.Topics
            .SelectMany(topic => admin.GetMetadata(topic, MetadataTime).Topics)
            .SelectMany(topic => topic.Partitions, (topic, partition) => new TopicPartition(topic.Topic, partition.PartitionId))
            .Where(partition => !_assigned.Contains(partition))
            .Select(partition => new TopicPartitionOffset(partition, first ? consumer.QueryWatermarkOffsets(partition, MetadataTime).High : Offset.Beginning))
            .ToList();
        if (partitions.Count == 0) return;
        consumer.IncrementalAssign(partitions);
        _assigned.UnionWith(partitions.Select(partition => partition.TopicPartition));
        if (first) logger.LogInformation("{Service} listens to {Topics} in {Partitions} partitions", options.Value.Service, handlers.Topics, partitions.Count);
    }

    async Task HandleAsync(Delivery delivery, CancellationToken stop)
    {
        using var span = telemetry.StartProcess(delivery);
        var started = time.GetTimestamp();
        try
        {
            if (delivery.Unreadable is { } reason) throw new InvalidDataException(reason);
            await using var scope = scopes.CreateAsyncScope();
            await delivery.Subscription!.Handle(delivery.Event!, new EventContext
            {
                Id = delivery.EventId,
                Source = delivery.Source,
                Time = delivery.Time,
                Attempt = 1,
                Services = scope.ServiceProvider,
                CancellationToken = stop,
            });
            telemetry.Processed(delivery, time.GetElapsedTime(started), error: null);
            telemetry.Handled(delivery.Topic);
        }
        catch (Exception error) when (!stop.IsCancellationRequested)
        {
            span?.SetStatus(System.Diagnostics.ActivityStatusCode.Error, error.Message).AddException(error);
            telemetry.Processed(delivery, time.GetElapsedTime(started), error);
            logger.LogError(error, "{Topic} {EventId} was heard but not handled", delivery.Topic, delivery.EventId);
        }
        catch (OperationCanceledException)
        {
            // Stopping.
        }
    }
}
