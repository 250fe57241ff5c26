using System.Text;
using Confluent.Kafka;
using Kampung.Testing;

namespace Kampung.Broker.Tests;

public sealed class RecordTests(TestBroker broker) : Records(broker);

public sealed class ForeignRecordTests() : Records(Clients.ForeignOrSkip());

/// <summary>What who produces and reads records counts on, of our Broker and of any other Kafka.</summary>
public abstract class Records(IKafka broker)
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
        await Clients.CreateTopicAsync(broker.BootstrapServers, topic, 4);
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
    }

    [Fact]
    public async Task Records_of_900_KB_are_stored_and_read()
    {
        var topic = Clients.NewTopic();
        await Clients.CreateTopicAsync(broker.BootstrapServers, topic, 4);
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
        await Clients.CreateTopicAsync(broker.BootstrapServers, topic, 4);
        foreach (var acks in new[] { Acks.None, Acks.Leader })
        {
            using var producer = Clients.Producer(broker.BootstrapServers, config => config.Acks = acks);
            for (var i = 0; i < 10; i++) producer.Produce(topic, new Message<string, string> { Key = "k", Value = $"{acks} {i}" });
            producer.Flush(TimeSpan.FromSeconds(30));
        }

        await Eventually.Is(() => Clients.ReadAll(broker.BootstrapServers, topic).Count == 20);
    }

    [Fact]
    public async Task An_idempotent_producer_stores_each_record_once_and_in_order()
    {
        var topic = Clients.NewTopic();
        await Clients.CreateTopicAsync(broker.BootstrapServers, topic, 1);
        using (var producer = Clients.Producer(broker.BootstrapServers, config => (config.EnableIdempotence, config.BatchNumMessages) = (true, 10)))
            await Task.WhenAll(Enumerable.Range(0, 1000).Select(i => producer.ProduceAsync(topic, new Message<string, string> { Value = $"{i}" })));

        Clients.ReadAll(broker.BootstrapServers, topic).Select(record => record.Message.Value).ShouldBe(Enumerable.Range(0, 1000).Select(i => $"{i}"));
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
}
