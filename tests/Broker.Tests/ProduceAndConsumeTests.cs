using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Kampung.Testing;

namespace Kampung.Broker.Tests;

public class ProduceAndConsumeTests(TestBroker broker)
{
    [Theory]
    [InlineData(CompressionType.None)]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Snappy)]
    [InlineData(CompressionType.Lz4)]
    [InlineData(CompressionType.Zstd)]
    public async Task Records_come_back_as_they_were_sent_with_every_codec(CompressionType codec)
    {
        var topic = Clients.NewTopic();
        using (var producer = Clients.Producer(broker.BootstrapServers, config => (config.CompressionType, config.LingerMs) = (codec, 20)))
        {
            await Task.WhenAll(Enumerable.Range(0, 500).Select(i => producer.ProduceAsync(topic, new Message<string, string>
            {
                Key = $"key-{i}",
                Value = $"satay {i} {new string('x', 100)}",
                Headers = new Headers { { "ce_id", Encoding.UTF8.GetBytes($"{i}") }, { "empty", null } },
                Timestamp = new Timestamp(1_700_000_000_000 + i, TimestampType.CreateTime),
            })));
        }

        var records = Clients.ReadAll(broker.BootstrapServers, topic);

        records.Count.ShouldBe(500);
        foreach (var record in records)
        {
            var i = int.Parse(record.Message.Key["key-".Length..]);
            record.Message.Value.ShouldBe($"satay {i} {new string('x', 100)}");
            Encoding.UTF8.GetString(record.Message.Headers.GetLastBytes("ce_id")).ShouldBe($"{i}");
            record.Message.Headers.GetLastBytes("empty").ShouldBeNull();
            record.Message.Timestamp.UnixTimestampMs.ShouldBe(1_700_000_000_000 + i);
        }
        records.Select(record => record.Partition.Value).Distinct().Count().ShouldBe(4);
        if (codec != CompressionType.None) StoredBytes(topic).ShouldBeLessThan(500 * 50);
    }

    [Fact]
    public async Task Records_of_900_KB_are_stored_and_read()
    {
        var topic = Clients.NewTopic();
        var random = new Random(1);
        var values = Enumerable.Range(0, 12).Select(_ => string.Create(900 * 1024, random, (text, from) =>
        {
            for (var i = 0; i < text.Length; i++) text[i] = (char)from.Next('a', 'z' + 1);
        })).ToList();
        using (var producer = Clients.Producer(broker.BootstrapServers))
            foreach (var value in values) await producer.ProduceAsync(new TopicPartition(topic, 1), new Message<string, string> { Value = value });

        Clients.ReadAll(broker.BootstrapServers, topic).Select(record => record.Message.Value).ShouldBe(values);
    }

    [Fact]
    public async Task A_record_larger_than_the_topic_allows_is_refused()
    {
        var topic = Clients.NewTopic();
        await Clients.CreateTopicAsync(broker.BootstrapServers, topic, 1, new() { ["max.message.bytes"] = "2048" });
        using var producer = Clients.Producer(broker.BootstrapServers);

        var refused = await Should.ThrowAsync<ProduceException<string, string>>(() => producer.ProduceAsync(topic, new Message<string, string> { Value = new string('x', 3000) }));

        refused.Error.Code.ShouldBe(ErrorCode.MsgSizeTooLarge);
        await producer.ProduceAsync(topic, new Message<string, string> { Value = "small" });
    }

    [Fact]
    public async Task Acknowledgements_none_and_leader_store_too()
    {
        var topic = Clients.NewTopic();
        foreach (var acks in new[] { Acks.None, Acks.Leader })
        {
            using var producer = Clients.Producer(broker.BootstrapServers, config => config.Acks = acks);
            for (var i = 0; i < 10; i++) producer.Produce(topic, new Message<string, string> { Key = "k", Value = $"{acks} {i}" });
            producer.Flush(TimeSpan.FromSeconds(30));
        }

        await Eventually.Is(() => Clients.ReadAll(broker.BootstrapServers, topic).Count == 20);
    }

    [Fact]
    public async Task A_topic_is_created_on_first_use_with_the_configured_partitions()
    {
        var topic = Clients.NewTopic();
        using var producer = Clients.Producer(broker.BootstrapServers);
        await producer.ProduceAsync(topic, new Message<string, string> { Value = "first" });

        Clients.Partitions(broker.BootstrapServers, topic).ShouldBe(4);
    }

    [Fact]
    public async Task Topics_are_created_described_and_deleted_on_request()
    {
        var topic = Clients.NewTopic();
        using var admin = Clients.Admin(broker.BootstrapServers);
        await Clients.CreateTopicAsync(broker.BootstrapServers, topic, 7, new() { ["retention.ms"] = "3600000" });

        Clients.Partitions(broker.BootstrapServers, topic).ShouldBe(7);
        var again = await Should.ThrowAsync<CreateTopicsException>(() => Clients.CreateTopicAsync(broker.BootstrapServers, topic, 7));
        again.Results.Single().Error.Code.ShouldBe(ErrorCode.TopicAlreadyExists);

        var resource = new ConfigResource { Type = ResourceType.Topic, Name = topic };
        var settings = (await admin.DescribeConfigsAsync([resource])).Single().Entries;
        settings["retention.ms"].Value.ShouldBe("3600000");
        settings["retention.ms"].IsDefault.ShouldBeFalse();
        settings["cleanup.policy"].Value.ShouldBe("delete");
        settings["cleanup.policy"].IsDefault.ShouldBeTrue();

        using (var producer = Clients.Producer(broker.BootstrapServers)) await producer.ProduceAsync(topic, new Message<string, string> { Value = "old" });
        await admin.DeleteTopicsAsync([topic]);
        admin.GetMetadata(TimeSpan.FromSeconds(30)).Topics.ShouldNotContain(other => other.Topic == topic);
        Directory.Exists(Path.Combine(broker.Data, "topics", topic)).ShouldBeFalse();
        (await Should.ThrowAsync<DeleteTopicsException>(() => admin.DeleteTopicsAsync([topic]))).Results.Single().Error.Code.ShouldBe(ErrorCode.UnknownTopicOrPart);

        await Clients.CreateTopicAsync(broker.BootstrapServers, topic, 1);
        Clients.ReadAll(broker.BootstrapServers, topic).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("../escape", 1, "", "", ErrorCode.TopicException)]
    [InlineData("no-partitions", 0, "", "", ErrorCode.InvalidPartitions)]
    [InlineData("too-many-partitions", 5000, "", "", ErrorCode.InvalidPartitions)]
    [InlineData("compacted", 1, "cleanup.policy", "compact", ErrorCode.InvalidConfig)]
    [InlineData("unheard-of", 1, "no.such.setting", "1", ErrorCode.InvalidConfig)]
    public async Task A_topic_that_cannot_be_is_refused(string topic, int partitions, string setting, string value, ErrorCode expected)
    {
        var settings = setting.Length == 0 ? null : new Dictionary<string, string> { [setting] = value };
        var refused = await Should.ThrowAsync<CreateTopicsException>(() => Clients.CreateTopicAsync(broker.BootstrapServers, topic, partitions, settings));
        refused.Results.Single().Error.Code.ShouldBe(expected);
    }

    [Fact]
    public async Task Offsets_are_found_by_time()
    {
        var topic = Clients.NewTopic();
        var start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        await Clients.CreateTopicAsync(broker.BootstrapServers, topic, 1);
        using (var producer = Clients.Producer(broker.BootstrapServers, config => config.LingerMs = 5))
        {
            // A record a minute, in batches of different sizes, more than one index entry of 4 KB.
            await Task.WhenAll(Enumerable.Range(0, 300).Select(i => producer.ProduceAsync(topic, new Message<string, string>
            {
                Value = new string('x', 100),
                Timestamp = new Timestamp(start.AddMinutes(i)),
            })));
        }

        using var consumer = Clients.Consumer(broker.BootstrapServers, Clients.NewGroup());
        long At(DateTimeOffset time) =>
            consumer.OffsetsForTimes([new TopicPartitionTimestamp(topic, 0, new Timestamp(time))], TimeSpan.FromSeconds(30)).Single().Offset.Value;

        At(start.AddDays(-1)).ShouldBe(0);
        At(start).ShouldBe(0);
        At(start.AddMinutes(137)).ShouldBe(137);
        At(start.AddMinutes(137).AddSeconds(1)).ShouldBe(138);
        At(start.AddMinutes(299)).ShouldBe(299);
        At(start.AddDays(1)).ShouldBe(Offset.End.Value);
        var ends = consumer.QueryWatermarkOffsets(new TopicPartition(topic, 0), TimeSpan.FromSeconds(30));
        (ends.Low.Value, ends.High.Value).ShouldBe((0, 300));
    }

    [Fact]
    public async Task A_long_poll_waits_without_data_and_answers_at_once_with_it()
    {
        var topic = Clients.NewTopic();
        await Clients.CreateTopicAsync(broker.BootstrapServers, topic, 1);
        using var consumer = Clients.Consumer(broker.BootstrapServers, Clients.NewGroup(), config => (config.FetchWaitMaxMs, config.FetchErrorBackoffMs) = (20_000, 0));
        consumer.Assign(new TopicPartitionOffset(topic, 0, Offset.Beginning));
        using var producer = Clients.Producer(broker.BootstrapServers);
        await producer.ProduceAsync(topic, new Message<string, string> { Value = "warm" });
        consumer.Take(1);

        var before = await RequestsAsync();
        consumer.Consume(TimeSpan.FromSeconds(1)).ShouldBeNull();
        (await RequestsAsync() - before).ShouldBeLessThan(100, "a client that is answered at once asks thousands of times a second");

        var latencies = new List<TimeSpan>();
        for (var i = 0; i < 20; i++)
        {
            var since = System.Diagnostics.Stopwatch.StartNew();
            producer.Produce(topic, new Message<string, string> { Value = $"{i}" });
            consumer.Take(1).Single().Message.Value.ShouldBe($"{i}");
            latencies.Add(since.Elapsed);
        }
        latencies.Order().ElementAt(10).ShouldBeLessThan(TimeSpan.FromSeconds(1));
    }

    async Task<long> RequestsAsync()
    {
        var metrics = await broker.Process.Client.GetStringAsync("/metrics");
        return long.Parse(metrics.Split('\n').Single(line => line.StartsWith("kampung_broker_requests_total ", StringComparison.Ordinal)).Split(' ')[1]);
    }

    long StoredBytes(string topic) =>
        Directory.EnumerateFiles(Path.Combine(broker.Data, "topics", topic), "*.log", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length);
}
