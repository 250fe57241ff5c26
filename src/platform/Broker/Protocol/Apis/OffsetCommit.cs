using Kampung.Broker.Groups;
using Kampung.Broker.Log;

namespace Kampung.Broker.Protocol.Apis;

/// <summary>A group's member has read so far; the answer waits until that is on disk.</summary>
internal static class OffsetCommit
{
    const int MaxMetadata = 4096;

    public static ValueTask Handle(RequestContext context, ref RequestReader request, ResponseWriter response)
    {
        var version = context.Version;
        var groupId = request.String();
        var generation = request.Int32();
        var memberId = request.String();
        var instanceId = version >= 7 ? request.NullableString() : null;
        if (version <= 4) request.Int64(); // retention time, which is the broker's to decide

        var now = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds();
        var asked = new List<(TopicPartition Partition, ErrorCode Error)>();
        var offsets = new List<KeyValuePair<TopicPartition, CommittedOffset>>();
        for (var topics = request.ArrayLength(); topics > 0; topics--)
        {
            var topic = request.String();
            for (var partitions = request.ArrayLength(); partitions > 0; partitions--)
            {
                var partition = new TopicPartition(topic, request.Int32());
                var offset = new CommittedOffset(request.Int64(), version >= 6 ? request.Int32() : PartitionLog.LeaderEpoch, request.NullableString(), now);
                request.Tags();
                var error = context.Node.Topics.Partition(topic, partition.Partition) is null ? ErrorCode.UnknownTopicOrPartition
                    : offset.Metadata?.Length > MaxMetadata ? ErrorCode.OffsetMetadataTooLarge
                    : ErrorCode.None;
                asked.Add((partition, error));
                if (error == ErrorCode.None && offset.Offset >= 0) offsets.Add(KeyValuePair.Create(partition, offset));
            }
            request.Tags();
        }
        return WriteAsync(response, version, asked, context.Node.Groups.CommitAsync(groupId, memberId, instanceId, generation, offsets));
    }

    static async ValueTask WriteAsync(ResponseWriter response, short version, List<(TopicPartition Partition, ErrorCode Error)> asked, Task<ErrorCode> commit)
    {
        var groupError = await commit;
        if (version >= 3) response.NoThrottle();
        var topics = asked.GroupBy(each => each.Partition.Topic).ToList();
        response.ArrayLength(topics.Count);
        foreach (var topic in topics)
        {
            response.String(topic.Key);
            response.ArrayLength(topic.Count());
            foreach (var (partition, error) in topic)
            {
                response.Int32(partition.Partition);
                response.Error(groupError != ErrorCode.None ? groupError : error);
                response.Tags();
            }
            response.Tags();
        }
        response.Tags();
    }
}
