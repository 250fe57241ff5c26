using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Kampung.Testing;

namespace Kampung.Broker.Tests;

public class ProduceAndConsumeTests(TestBroker broker)
{
    [Theory]
    [InlineData(CompressionType.Gzip)]
    [InlineData(CompressionType.Zstd)]
    public async Task Batches_are_stored_compressed_as_they_came(CompressionType codec)
    {
        var topic = Clients.NewTopic();
        using (var producer = Clients.Producer(broker.BootstrapServers, config => (config.CompressionType, config.LingerMs) = (codec, 20)))
            await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => producer.ProduceAsync(topic, new Message<string, string> { Value = new string('x', 100) })));

        StoredBytes(topic).ShouldBeLessThan(500 * 50);
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
