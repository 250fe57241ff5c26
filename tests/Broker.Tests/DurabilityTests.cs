using System.Diagnostics;
using Confluent.Kafka;
using Kampung.Testing;

namespace Kampung.Broker.Tests;

/// <summary>Each with a broker of its own, which it kills.</summary>
public class DurabilityTests
{
    [Fact]
    public async Task Every_acknowledged_record_survives_a_kill_during_a_burst_in_order()
    {
        await using var broker = await TestBroker.StartAsync();
        var topic = Clients.NewTopic();
        await Clients.CreateTopicAsync(broker.BootstrapServers, topic, 2);
        var acknowledged = new List<(TopicPartitionOffset Where, string Value)>();
        using (var producer = Clients.Producer(broker.BootstrapServers, config => (config.LingerMs, config.MessageTimeoutMs) = (1, 5000)))
        {
            var killed = false;
            for (var i = 0; !killed && i < 1_000_000; i++)
            {
                var value = $"{i}";
                producer.Produce(new TopicPartition(topic, i % 2), new Message<string, string> { Value = value }, report =>
                {
                    if (report.Error.IsError) return;
                    lock (acknowledged) acknowledged.Add((report.TopicPartitionOffset, value));
                });
                if (i % 100 == 0) await Task.Yield();
                if (acknowledged.Count < 5000) continue;
                await broker.KillAsync();
                killed = true;
            }
            killed.ShouldBeTrue();
            producer.Flush(TimeSpan.FromSeconds(30));
        }

        await broker.StartAgainAsync();

        var stored = Clients.ReadAll(broker.BootstrapServers, topic);
        var byOffset = stored.ToDictionary(record => record.TopicPartitionOffset, record => record.Message.Value);
        acknowledged.Count.ShouldBeGreaterThanOrEqualTo(5000);
        acknowledged.ShouldAllBe(record => byOffset.GetValueOrDefault(record.Where) == record.Value);
        foreach (var partition in stored.GroupBy(record => record.Partition.Value))
            partition.Select(record => int.Parse(record.Message.Value)).ShouldBeInOrder(SortDirection.Ascending);
    }

    [Fact]
    public async Task An_idempotent_producer_whose_broker_is_killed_stores_each_record_once_and_in_order()
    {
        await using var broker = await TestBroker.StartAsync();
        var topic = Clients.NewTopic();
        await Clients.CreateTopicAsync(broker.BootstrapServers, topic, 1);
        using var producer = Clients.Producer(broker.BootstrapServers, config => (config.EnableIdempotence, config.LingerMs) = (true, 1));
        var acknowledged = 0;
        const int count = 30_000;
        var producing = Task.Run(async () =>
        {
            for (var i = 0; i < count; i++)
            {
                producer.Produce(topic, new Message<string, string> { Value = $"{i}" }, report =>
                {
                    if (!report.Error.IsError) Interlocked.Increment(ref acknowledged);
                });
                if (i % 50 == 0) await Task.Delay(1);
            }
        });

        foreach (var after in new[] { 2000, 8000, 15_000 })
        {
            await Eventually.Is(() => acknowledged >= after);
            await broker.KillAsync();
            await broker.StartAgainAsync();
        }
        await producing;
        await Eventually.Is(() => acknowledged == count);

        Clients.ReadAll(broker.BootstrapServers, topic).Select(record => int.Parse(record.Message.Value)).ShouldBe(Enumerable.Range(0, count));
    }

    [Fact]
    public async Task An_idempotent_producer_whose_answers_are_lost_stores_each_record_once_and_in_order()
    {
        using var proxy = new CuttingProxy(every: 20);
        await using var broker = await TestBroker.StartAsync(new() { ["Broker__AdvertisedPort"] = $"{proxy.Port}" });
        proxy.BrokerPort = int.Parse(broker.BootstrapServers.Split(':')[1]);
        var topic = Clients.NewTopic();
        await Clients.CreateTopicAsync(broker.BootstrapServers, topic, 1);
        using (var producer = Clients.Producer(broker.BootstrapServers, config => (config.EnableIdempotence, config.BatchNumMessages) = (true, 10)))
        {
            for (var i = 0; i < 2000; i++)
            {
                producer.Produce(topic, new Message<string, string> { Value = $"{i}" });
                if (i % 5 == 0) await Task.Delay(1);
            }
            producer.Flush(TimeSpan.FromSeconds(60)).ShouldBe(0);
        }

        proxy.Cuts.ShouldBeGreaterThan(3);
        Clients.ReadAll(broker.BootstrapServers, topic).Select(record => int.Parse(record.Message.Value)).ShouldBe(Enumerable.Range(0, 2000));
    }

    [Theory]
    [InlineData("garbage")]
    [InlineData("half a batch")]
    [InlineData("a batch with a wrong checksum")]
    public async Task A_torn_tail_is_cut_at_the_last_whole_batch(string tail)
    {
        await using var broker = await TestBroker.StartAsync();
        var topic = Clients.NewTopic();
        await Clients.CreateTopicAsync(broker.BootstrapServers, topic, 1);
        await ProduceAsync(broker, topic, 0, 50);
        await broker.KillAsync();

        var log = Directory.EnumerateFiles(Path.Combine(broker.Data, "topics", topic, "0"), "*.log").Single();
        var whole = await File.ReadAllBytesAsync(log);
        var batch = whole.AsSpan(0, 12 + System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(whole.AsSpan(8))).ToArray();
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(batch, 50);
        batch[^1] ^= 1;
        byte[] added = tail switch
        {
            "garbage" => [.. Enumerable.Repeat((byte)0xA5, 1000)],
            "half a batch" => batch[..(batch.Length / 2)],
            _ => batch,
        };
        await File.AppendAllBytesAsync(log, added);
        await broker.StartAgainAsync();

        new FileInfo(log).Length.ShouldBe(whole.Length);
        broker.Process.Logs.ShouldContain(line => line.Contains($"Cut {added.Length} bytes of a torn tail"));
        await ProduceAsync(broker, topic, 50, 10);
        Clients.ReadAll(broker.BootstrapServers, topic).Select(record => int.Parse(record.Message.Value)).ShouldBe(Enumerable.Range(0, 60));
    }

    [Fact]
    public async Task Committed_offsets_survive_a_kill_also_with_a_torn_tail()
    {
        await using var broker = await TestBroker.StartAsync();
        var (topic, group) = (Clients.NewTopic(), Clients.NewGroup());
        await Clients.CreateTopicAsync(broker.BootstrapServers, topic, 1);
        await ProduceAsync(broker, topic, 0, 10);
        using (var consumer = Clients.Consumer(broker.BootstrapServers, group))
        {
            consumer.Subscribe(topic);
            foreach (var record in consumer.Take(7)) consumer.Commit(record);
            consumer.Close();
        }
        await broker.KillAsync();
        await File.AppendAllBytesAsync(Path.Combine(broker.Data, "offsets.log"), [0, 0, 0, 40, 1, 2, 3]);
        await broker.StartAgainAsync();

        using var after = Clients.Consumer(broker.BootstrapServers, group);
        after.Subscribe(topic);
        after.Take(1).Single().Message.Value.ShouldBe("7");
        after.Close();
    }

    [Fact]
    public async Task Members_of_a_group_go_on_when_the_broker_comes_back()
    {
        await using var broker = await TestBroker.StartAsync();
        var (topic, group) = (Clients.NewTopic(), Clients.NewGroup());
        await Clients.CreateTopicAsync(broker.BootstrapServers, topic, 1);
        using var consumer = Clients.Consumer(broker.BootstrapServers, group);
        consumer.Subscribe(topic);
        await ProduceAsync(broker, topic, 0, 5);
        consumer.Commit(consumer.Take(5).Last());

        await broker.KillAsync();
        await broker.StartAgainAsync();
        await ProduceAsync(broker, topic, 5, 5);

        consumer.Take(5).Select(record => record.Message.Value).ShouldBe(["5", "6", "7", "8", "9"]);
        consumer.Close();
    }

    [Fact]
    public async Task A_log_of_several_files_is_read_whole_also_after_a_restart_without_their_indexes()
    {
        await using var broker = await TestBroker.StartAsync(new() { ["Broker__Segment__Bytes"] = "20000" });
        var topic = Clients.NewTopic();
        await Clients.CreateTopicAsync(broker.BootstrapServers, topic, 1);
        await ProduceAsync(broker, topic, 0, 1000);
        var folder = Path.Combine(broker.Data, "topics", topic, "0");
        Directory.GetFiles(folder, "*.log").Length.ShouldBeGreaterThan(3);

        await broker.StopAsync();
        await broker.StartAgainAsync();
        Clients.ReadAll(broker.BootstrapServers, topic).Select(record => int.Parse(record.Message.Value)).ShouldBe(Enumerable.Range(0, 1000));

        await broker.KillAsync();
        var indexes = Directory.GetFiles(folder, "*.index");
        File.Delete(indexes[0]);
        await File.WriteAllTextAsync(indexes[1], "not an index");
        await broker.StartAgainAsync();
        await ProduceAsync(broker, topic, 1000, 10);
        Clients.ReadAll(broker.BootstrapServers, topic).Select(record => int.Parse(record.Message.Value)).ShouldBe(Enumerable.Range(0, 1010));
    }

    [Fact]
    public async Task Old_files_are_deleted_by_size_and_by_time()
    {
        await using var broker = await TestBroker.StartAsync(new() { ["Broker__Retention__Check"] = "00:00:00.2" });
        var (bySize, byTime, kept) = ("by-size", "by-time", "kept");
        await Clients.CreateTopicAsync(broker.BootstrapServers, bySize, 1, new() { ["segment.bytes"] = "5000", ["retention.bytes"] = "20000" });
        await Clients.CreateTopicAsync(broker.BootstrapServers, byTime, 1, new() { ["retention.ms"] = "86400000" });
        await Clients.CreateTopicAsync(broker.BootstrapServers, kept, 1, new() { ["segment.bytes"] = "5000" });
        await ProduceAsync(broker, bySize, 0, 1000);
        await ProduceAsync(broker, kept, 0, 1000);
        await ProduceAsync(broker, byTime, 0, 10, DateTimeOffset.UtcNow.AddDays(-2));

        await Eventually.Is(() => Clients.ReadAll(broker.BootstrapServers, byTime).Count == 0);
        await Eventually.Is(() => Directory.GetFiles(Path.Combine(broker.Data, "topics", bySize, "0")).Sum(file => new FileInfo(file).Length) < 30_000);
        await ProduceAsync(broker, byTime, 10, 1);

        var rest = Clients.ReadAll(broker.BootstrapServers, bySize).Select(record => (int)record.Offset.Value).ToList();
        rest.ShouldBe(Enumerable.Range(1000 - rest.Count, rest.Count));
        rest.Count.ShouldBeInRange(50, 500);
        Clients.ReadAll(broker.BootstrapServers, kept).Count.ShouldBe(1000);
        Clients.ReadAll(broker.BootstrapServers, byTime).Single().Offset.Value.ShouldBe(10, "offsets go on after the deleted ones");
    }

    [Fact]
    public async Task The_broker_stops_at_once_though_clients_wait()
    {
        await using var broker = await TestBroker.StartAsync();
        var topic = Clients.NewTopic();
        await Clients.CreateTopicAsync(broker.BootstrapServers, topic, 1);
        using var consumer = Clients.Consumer(broker.BootstrapServers, Clients.NewGroup(), config => config.FetchWaitMaxMs = 30_000);
        consumer.Subscribe(topic);
        await ProduceAsync(broker, topic, 0, 1);
        consumer.Take(1);
        consumer.Consume(TimeSpan.FromMilliseconds(300));

        var since = Stopwatch.StartNew();
        (await broker.Process.StopAsync()).ShouldBe(0);
        since.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(5));
    }

    static async Task ProduceAsync(TestBroker broker, string topic, int from, int count, DateTimeOffset? at = null)
    {
        using var producer = Clients.Producer(broker.BootstrapServers, config => config.BatchNumMessages = 10);
        await Task.WhenAll(Enumerable.Range(from, count).Select(i => producer.ProduceAsync(topic, new Message<string, string>
        {
            Key = new string('k', 100),
            Value = $"{i}",
            Timestamp = at is null ? Timestamp.Default : new Timestamp(at.Value),
        })));
    }
}
