using System.Text;
using System.Text.Json;
using Confluent.Kafka;
using Kampung.Testing;

namespace Kampung.Orders.Tests;

/// <summary>What lies in the topics, read from the beginning to the present end. An event that a relay sent twice has one id and counts once, as it does for every consumer.</summary>
static class Records
{
    const int Partitions = 4;

    public static IReadOnlyList<(Guid Key, string Topic, ReadEvent Event)> Of(string kafka, IEnumerable<string> topics, IReadOnlyList<Guid> keys)
    {
        using var consumer = new ConsumerBuilder<string, string>(new ConsumerConfig { BootstrapServers = kafka, GroupId = $"test-{Guid.NewGuid()}" }).Build();
        var places = (from topic in topics
                      from partition in Enumerable.Range(0, Partitions)
                      let place = new TopicPartition(topic, partition)
                      select (place, end: End(consumer, place))).Where(p => p.end > 0).ToList();
        consumer.Assign(places.Select(p => new TopicPartitionOffset(p.place, Offset.Beginning)));

        List<(DateTime At, Guid Key, string Topic, ReadEvent Event)> found = [];
        HashSet<string> ids = [];
        for (var left = places.Sum(p => p.end); left > 0; left--)
        {
            var record = consumer.Consume(TimeSpan.FromSeconds(20)).ShouldNotBeNull();
            var headers = record.Message.Headers.ToDictionary(header => header.Key, header => Encoding.UTF8.GetString(header.GetValueBytes()));
            if (ids.Add(headers["ce_id"]) && Guid.TryParse(record.Message.Key, out var key) && keys.Contains(key))
                found.Add((record.Message.Timestamp.UtcDateTime, key, record.Topic, new(record.Message.Key, headers, JsonElement.Parse(record.Message.Value))));
        }
        return [.. found.OrderBy(record => record.At).Select(record => (record.Key, record.Topic, record.Event))];
    }

    /// <summary>A group that is new begins at the present end: what was said before is not about its orders.</summary>
    public static void SkipHistory(string kafka, string group)
    {
        using var consumer = new ConsumerBuilder<string, string>(new ConsumerConfig { BootstrapServers = kafka, GroupId = group }).Build();
        using var admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        consumer.Commit(from topic in admin.GetMetadata(TimeSpan.FromSeconds(10)).Topics
                        from partition in topic.Partitions
                        let place = new TopicPartition(topic.Topic, partition.PartitionId)
                        select new TopicPartitionOffset(place, End(consumer, place)));
    }

    static long End(IConsumer<string, string> consumer, TopicPartition place)
    {
        // A topic that nothing was published to may not exist.
        try { return consumer.QueryWatermarkOffsets(place, TimeSpan.FromSeconds(10)).High.Value; }
        catch (KafkaException e) when (e.Error.Code is ErrorCode.UnknownTopicOrPart or ErrorCode.Local_UnknownPartition or ErrorCode.Local_UnknownTopic) { return 0; }
    }
}
