using System.Buffers.Binary;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Confluent.Kafka;
using HdrHistogram;
using Kampung.AppHost;
using Kampung.AppHost.Processes;
using Command = System.CommandLine.Command;

namespace Kampung.Bench;

/// <summary>
/// The Broker (a process of its own, on disk, every acknowledged record flushed) beside librdkafka's mock cluster (threads of this process, in memory,
/// nothing kept): the same clients, the same records, in turns.
/// </summary>
static class BrokerBench
{
    const int RecordBytes = 200;
    const int Partitions = 4;
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static Command Verb()
    {
        var rounds = new Option<int>("--rounds") { Description = "how often each is measured; medians are told", DefaultValueFactory = _ => 5 };
        var records = new Option<int>("--records") { Description = "records produced, and consumed, in a round", DefaultValueFactory = _ => 600_000 };
        var seconds = new Option<int>("--seconds") { Description = "how long latency is measured in a round, at 1,000 records/s", DefaultValueFactory = _ => 10 };
        var command = new Command("broker", "produce and consume rate and end-to-end latency, beside librdkafka's mock cluster") { rounds, records, seconds };
        command.SetAction((arguments, _) => RunAsync(arguments.GetValue(rounds), arguments.GetValue(records), arguments.GetValue(seconds)));
        return command;
    }

    sealed record Round(double ProducedPerSecond, double ConsumedPerSecond, double P50, double P99, double Max);

    static async Task<int> RunAsync(int rounds, int records, int seconds)
    {
        var data = Directory.CreateTempSubdirectory("kampung-bench-").FullName;
        var process = StartBroker(data, out var servers);
        try
        {
            using var mockHost = new ProducerBuilder<Null, byte[]>(new Dictionary<string, string> { ["test.mock.num.brokers"] = "1" }).SetLogHandler((_, _) => { }).Build();
            using var admin = new DependentAdminClientBuilder(mockHost.Handle).Build();
            var mock = admin.GetMetadata(Patience).Brokers.Select(broker => $"{broker.Host}:{broker.Port}").Single();
            var ours = await servers.Task.WaitAsync(Patience);
            var idle = MemoryOf(process);

            // The first round warms both up and is not told.
            var results = (Broker: new List<Round>(), Mock: new List<Round>());
            for (var round = 0; round <= rounds; round++)
            {
                var (produced, consumed) = ((Broker: Produce(ours, records), Mock: Produce(mock, records)), (Broker: Consume(ours, records), Mock: Consume(mock, records)));
                var (broker, mocked) = (Latency(ours, round == 0 ? 2 : seconds), Latency(mock, round == 0 ? 2 : seconds));
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"round {round}: produce {produced.Broker:n0} / {produced.Mock:n0}, consume {consumed.Broker:n0} / {consumed.Mock:n0}, p99 {broker.P99:n2} / {mocked.P99:n2} ms"));
                if (round == 0) continue;
                results.Broker.Add(new Round(produced.Broker, consumed.Broker, broker.P50, broker.P99, broker.Max));
                results.Mock.Add(new Round(produced.Mock, consumed.Mock, mocked.P50, mocked.P99, mocked.Max));
            }
            Print(results.Broker, results.Mock);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"\nBroker's memory (resident): {idle / 1048576.0:n0} MB idle after its start, {MemoryOf(process) / 1048576.0:n0} MB at the end. Medians of {rounds} rounds in turns, {records:n0} records each."));
            return 0;
        }
        finally
        {
            await process.StopAsync(TimeSpan.FromSeconds(10));
            Directory.Delete(data, recursive: true);
        }
    }

    static ChildProcess StartBroker(string data, out TaskCompletionSource<string> servers)
    {
        var port = FreePort.Next();
        var ready = servers = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var command = AppHost.Processes.Command.DotNet(Repository.Find().Assembly("Broker")) with
        {
            Environment = new Dictionary<string, string?> { ["Broker__Data"] = data, ["Broker__Port"] = $"{port}", ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{FreePort.Next()}" },
        };
        return ChildProcess.Start(command, line =>
        {
            if (line.Contains("Kafka clients connect", StringComparison.Ordinal)) ready.TrySetResult($"127.0.0.1:{port}");
        });
    }

    /// <returns>Records per second, acknowledged by all, from the first call until the last acknowledgement.</returns>
    static double Produce(string servers, int records)
    {
        using var producer = Producer(servers, config => config.LingerMs = 5);
        var topic = $"produce-{Guid.NewGuid():N}";
        Warm(producer, topic);
        return Fill(producer, [topic], records);
    }

    /// <returns>Records per second, read from the start of ten topics' partitions by one consumer.</returns>
    static double Consume(string servers, int records)
    {
        // The mock keeps the last 5 MB of a partition, hence more topics and less in each.
        var topics = Enumerable.Range(0, Math.Max(1, records / 60_000)).Select(_ => $"consume-{Guid.NewGuid():N}").ToList();
        using (var producer = Producer(servers, config => config.LingerMs = 5))
        {
            foreach (var topic in topics) Warm(producer, topic);
            Fill(producer, topics, records);
        }
        using var consumer = Consumer(servers);
        consumer.Assign(topics.SelectMany(topic => Enumerable.Range(0, Partitions).Select(partition => new TopicPartitionOffset(topic, partition, 0))));
        var read = 0;
        var since = Stopwatch.GetTimestamp();
        while (read < records)
        {
            if (consumer.Consume(Patience) is null) throw new InvalidOperationException($"{read} of {records} records came");
            read++;
        }
        return records / Stopwatch.GetElapsedTime(since).TotalSeconds;
    }

    /// <returns>Milliseconds from the call that sends a record to the call that returns it, at 1,000 records a second.</returns>
    static (double P50, double P99, double Max) Latency(string servers, int seconds)
    {
        var topic = $"latency-{Guid.NewGuid():N}";
        using var producer = Producer(servers, config => config.LingerMs = 0);
        Warm(producer, topic);
        using var consumer = Consumer(servers);
        consumer.Assign(Enumerable.Range(0, Partitions).Select(partition => new TopicPartitionOffset(topic, partition, 0)));
        for (var i = 0; i < Partitions; i++) consumer.Consume(Patience);

        const int perSecond = 1000;
        var count = perSecond * (seconds + 1);
        var histogram = new LongHistogram(TimeStamp.Minutes(1), 3);
        var reading = Task.Factory.StartNew(() =>
        {
            for (var i = 0; i < count; i++)
            {
                var record = consumer.Consume(Patience) ?? throw new InvalidOperationException($"{i} of {count} records came");
                var elapsed = Stopwatch.GetTimestamp() - BinaryPrimitives.ReadInt64LittleEndian(record.Message.Value);
                if (i >= perSecond) histogram.RecordValue(elapsed); // the first second warms up
            }
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        var since = Stopwatch.GetTimestamp();
        for (var sent = 0; sent < count;)
        {
            var due = Math.Min(count, (int)(Stopwatch.GetElapsedTime(since).TotalSeconds * perSecond) + 1);
            for (; sent < due; sent++)
            {
                var value = new byte[RecordBytes];
                BinaryPrimitives.WriteInt64LittleEndian(value, Stopwatch.GetTimestamp());
                producer.Produce(new TopicPartition(topic, sent % Partitions), new Message<Null, byte[]> { Value = value });
            }
            Thread.Sleep(1);
        }
        reading.Wait();
        double Milliseconds(double percentile) => histogram.GetValueAtPercentile(percentile) * 1000.0 / Stopwatch.Frequency;
        return (Milliseconds(50), Milliseconds(99), Milliseconds(100));
    }

    /// <summary>One acknowledged record in each partition: the topic is there, the connection is open.</summary>
    static void Warm(IProducer<Null, byte[]> producer, string topic)
    {
        using (var admin = new DependentAdminClientBuilder(producer.Handle).Build()) admin.GetMetadata(topic, Patience);
        for (var i = 0; i < Partitions; i++) producer.ProduceAsync(new TopicPartition(topic, i), new Message<Null, byte[]> { Value = new byte[RecordBytes] }).Wait();
    }

    static double Fill(IProducer<Null, byte[]> producer, List<string> topics, int records)
    {
        var value = new byte[RecordBytes];
        Random.Shared.NextBytes(value);
        var message = new Message<Null, byte[]> { Value = value };
        var failed = 0;
        void OnReport(DeliveryReport<Null, byte[]> report)
        {
            if (report.Error.IsError) Interlocked.Increment(ref failed);
        }
        var since = Stopwatch.GetTimestamp();
        for (var i = 0; i < records; i++) producer.Produce(new TopicPartition(topics[i / 100 % topics.Count], i % Partitions), message, OnReport);
        if (producer.Flush(Patience) > 0 || failed > 0) throw new InvalidOperationException($"{failed} records failed");
        return records / Stopwatch.GetElapsedTime(since).TotalSeconds;
    }

    static IProducer<Null, byte[]> Producer(string servers, Action<ProducerConfig> configure)
    {
        var config = new ProducerConfig { BootstrapServers = servers, Acks = Acks.All, QueueBufferingMaxMessages = 2_000_000, QueueBufferingMaxKbytes = 1_000_000 };
        configure(config);
        return new ProducerBuilder<Null, byte[]>(config).Build();
    }

    static IConsumer<Ignore, byte[]> Consumer(string servers) => new ConsumerBuilder<Ignore, byte[]>(new ConsumerConfig
    {
        BootstrapServers = servers,
        GroupId = "bench",
        EnableAutoCommit = false,
        AutoOffsetReset = AutoOffsetReset.Earliest,
    }).Build();

    static long MemoryOf(ChildProcess process)
    {
        using var running = Process.GetProcessById(process.Id);
        return running.WorkingSet64;
    }

    static void Print(List<Round> broker, List<Round> mock)
    {
        Console.WriteLine("| 200-byte records, acks=all, 4 partitions | Broker (durable) | librdkafka mock (in memory) | ratio |");
        Console.WriteLine("|---|---:|---:|---:|");
        Row("produce, records/s", "n0", round => round.ProducedPerSecond);
        Row("consume, records/s", "n0", round => round.ConsumedPerSecond);
        Row("end-to-end latency at 1,000 records/s, p50, ms", "n2", round => round.P50);
        Row("end-to-end latency at 1,000 records/s, p99, ms", "n2", round => round.P99);
        Row("end-to-end latency at 1,000 records/s, max, ms", "n2", round => round.Max);

        void Row(string what, string format, Func<Round, double> value)
        {
            var (ours, theirs) = (Median.Of(broker.Select(value)), Median.Of(mock.Select(value)));
            Console.WriteLine($"| {what} | {ours.ToString(format, CultureInfo.InvariantCulture)} | {theirs.ToString(format, CultureInfo.InvariantCulture)} | " +
                $"{(ours / theirs).ToString("n2", CultureInfo.InvariantCulture)} |");
        }
    }
}
