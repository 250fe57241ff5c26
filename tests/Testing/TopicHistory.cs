using System.Text;
using System.Text.Json;
using Confluent.Kafka;
using Shouldly;

namespace Kampung.Testing;

/// <summary>What lies in the topics, read from the beginning to the present end. An event that a relay sent twice has one id and counts once, as it does for every consumer.</summary>
public static class TopicHistory
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>What was said about the subjects, as the producers' clocks order it, and of one millisecond as the topics are named. A topic that nothing was published to may not exist.</summary>
    public static IReadOnlyList<(Guid Key, string Topic, ReadEvent Event)> Of(string kafka, IReadOnlyList<string> topics, IReadOnlyCollection<Guid> keys)
    {
        using var consumer = NewConsumer(kafka, $"test-{Guid.NewGuid()}");
        var ends = Ends(consumer).Where(end => topics.Contains(end.Topic) && end.Offset > 0).ToList();
        consumer.Assign(ends.Select(end => new TopicPartitionOffset(end.TopicPartition, Offset.Beginning)));

        List<(DateTime At, Guid Key, string Topic, ReadEvent Event)> found = [];
        HashSet<string> ids = [];
        // Others go on publishing: only what lies before the ends is the history.
        for (var left = ends.ToDictionary(end => end.TopicPartition, end => end.Offset); left.Count > 0;)
        {
            var record = consumer.Consume(Patience).ShouldNotBeNull();
            if (!left.TryGetValue(record.TopicPartition, out var end)) continue;
            if (record.Offset + 1 >= end) left.Remove(record.TopicPartition);
            var headers = record.Message.Headers.ToDictionary(header => header.Key, header => Encoding.UTF8.GetString(header.GetValueBytes()));
            if (ids.Add(headers["ce_id"]) && Guid.TryParse(record.Message.Key, out var key) && keys.Contains(key))
                found.Add((record.Message.Timestamp.UtcDateTime, key, record.Topic, new(record.Message.Key, headers, JsonElement.Parse(record.Message.Value))));
        }
        return [.. found.OrderBy(record => record.At).ThenBy(record => topics.Index().First(topic => topic.Item == record.Topic).Index).Select(record => (record.Key, record.Topic, record.Event))];
    }

    /// <summary>A group that is new begins at the present end: what was said before is not about its subjects.</summary>
    public static void SkipFor(string kafka, string group)
    {
        using var consumer = NewConsumer(kafka, group);
        consumer.Commit(Ends(consumer));
    }

    static IConsumer<string, string> NewConsumer(string kafka, string group) =>
        new ConsumerBuilder<string, string>(new ConsumerConfig { BootstrapServers = kafka, GroupId = group }).Build();

    static List<TopicPartitionOffset> Ends(IConsumer<string, string> consumer)
    {
        using var admin = new DependentAdminClientBuilder(consumer.Handle).Build();
        return [.. from topic in admin.GetMetadata(Patience).Topics
                   from partition in topic.Partitions
                   let place = new TopicPartition(topic.Topic, partition.PartitionId)
                   select new TopicPartitionOffset(place, consumer.QueryWatermarkOffsets(place, Patience).High)];
    }
}
