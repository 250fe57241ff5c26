using Confluent.Kafka;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kampung.Messaging;

/// <summary>A member of the service's consumer group: reads what is there, has it handled, then moves its offsets on.</summary>
/// <remarks>
/// Rebalances are announced inside <c>Consume</c>, hence never while events are being handled: a partition is given away either after its events were committed
/// to the database, or before they were begun, and then they are dropped here. An instance that was thrown out of the group while it worked may race with its
/// successor; the inbox lets only one of the two commit an event.
/// </remarks>
sealed class EventConsumer(
    EventHandlers handlers, EventProcessor processor, KafkaClients kafka, IOptions<MessagingOptions> options, ILogger<EventConsumer> logger) : BackgroundService
{
    static readonly TimeSpan PollTime = TimeSpan.FromMilliseconds(200);

    readonly MessagingOptions _options = options.Value;
    readonly List<ConsumeResult<byte[], byte[]>> _batch = [];

    // A thread of its own, because Consume blocks.
    protected override Task ExecuteAsync(CancellationToken stop) => Task.Factory.StartNew(
        () => Run(stop), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    void Run(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            _batch.Clear();
            using var consumer = kafka.CreateMember(revoked: partitions => _batch.RemoveAll(record => partitions.Contains(record.TopicPartition)));
            try
            {
                consumer.Subscribe(EnsureTopics(consumer, stop));
                while (!stop.IsCancellationRequested)
                {
                    Gather(consumer);
                    if (_batch.Count == 0) continue;
                    Handle(stop);
                    MoveOn(consumer);
                }
            }
            catch (KafkaException error) when (!stop.IsCancellationRequested)
            {
                logger.LogWarning("The consumer of {Service} starts again: {Reason}", _options.Service, error.Error.Reason);
                stop.WaitHandle.WaitOne(TimeSpan.FromSeconds(1));
            }
            catch (Exception) when (stop.IsCancellationRequested)
            {
                // Stopping: what was begun was rolled back and comes again.
            }
            consumer.Close();
        }
    }

    IEnumerable<string> EnsureTopics(IConsumer<byte[], byte[]> consumer, CancellationToken stop)
    {
        for (var told = false; ; told = true)
        {
            try
            {
                kafka.EnsureTopicsAsync(consumer.Handle, handlers.Topics).Wait(stop);
                return handlers.Topics;
            }
            catch (AggregateException error) when (error.InnerException is KafkaException kafkaError)
            {
                if (!told) logger.LogInformation("{Service} waits for Kafka at {Servers}: {Reason}", _options.Service, _options.BootstrapServers, kafkaError.Error.Reason);
                stop.WaitHandle.WaitOne(TimeSpan.FromSeconds(1));
            }
        }
    }

    /// <summary>Waits for one record and takes what else has arrived with it.</summary>
    void Gather(IConsumer<byte[], byte[]> consumer)
    {
        for (var wait = PollTime; _batch.Count < _options.BatchSize; wait = TimeSpan.Zero)
        {
            try
            {
                if (consumer.Consume(wait) is not { } record) return;
                _batch.Add(record);
            }
            catch (ConsumeException error) when (!error.Error.IsFatal)
            {
                // Among them topics that nobody has created yet, and a broker that is away: librdkafka goes on by itself.
                logger.LogDebug("Kafka: {Reason}", error.Error.Reason);
                return;
            }
        }
    }

    /// <summary>Returns when every record is handled, parked or a dead letter; only a database that is away makes it wait.</summary>
    void Handle(CancellationToken stop)
    {
        var deliveries = _batch.ConvertAll(record => Delivery.Of(record, handlers));
        for (var failures = 0; ; failures++)
        {
            try
            {
                processor.HandleAsync(deliveries, stop).GetAwaiter().GetResult();
                return;
            }
            catch (Exception error) when (!stop.IsCancellationRequested)
            {
                logger.LogWarning("{Service} cannot write to its database and tries again: {Reason}", _options.Service, error.Message);
                stop.WaitHandle.WaitOne(Math.Min(5000, 200 << Math.Min(failures, 10)));
                stop.ThrowIfCancellationRequested();
            }
        }
    }

    void MoveOn(IConsumer<byte[], byte[]> consumer)
    {
        foreach (var last in _batch.GroupBy(record => record.TopicPartition).Select(records => records.Last()))
        {
            try
            {
                consumer.StoreOffset(last);
            }
            catch (KafkaException error) when (error.Error.Code == ErrorCode.Local_State)
            {
                // The partition was taken away meanwhile; its next owner finds these events in the inbox.
            }
        }
        _batch.Clear();
    }
}
