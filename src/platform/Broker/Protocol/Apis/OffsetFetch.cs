using Kampung.Broker.Groups;

namespace Kampung.Broker.Protocol.Apis;

/// <summary>How far a group has read: the partitions asked for, or all it ever committed.</summary>
internal static class OffsetFetch
{
    static readonly CommittedOffset None = new(-1, -1, "", 0);

    public static ValueTask Handle(RequestContext context, ref RequestReader request, ResponseWriter response)
    {
        var version = context.Version;
        var offsets = context.Node.Groups.Offsets;
        var groupId = request.String();
        var topics = request.ArrayLength();

        if (version >= 3) response.NoThrottle();
        if (topics < 0)
        {
            var all = offsets.All(groupId).GroupBy(entry => entry.Key.Topic).ToList();
            response.ArrayLength(all.Count);
            foreach (var topic in all)
            {
                response.String(topic.Key);
                response.ArrayLength(topic.Count());
                foreach (var (partition, offset) in topic) Write(response, version, partition.Partition, offset);
                response.Tags();
            }
        }
        else
        {
            response.ArrayLength(topics);
            for (; topics > 0; topics--)
            {
                var topic = request.String();
                var partitions = request.Int32s();
                request.Tags();
                response.String(topic);
                response.ArrayLength(partitions.Length);
                foreach (var partition in partitions) Write(response, version, partition, offsets.Find(groupId, new TopicPartition(topic, partition)) ?? None);
                response.Tags();
            }
        }
        if (version >= 2) response.Error(ErrorCode.None);
        response.Tags();
        return default;
    }

    static void Write(ResponseWriter response, short version, int partition, CommittedOffset offset)
    {
        response.Int32(partition);
        response.Int64(offset.Offset);
        if (version >= 5) response.Int32(offset.LeaderEpoch);
        response.String(offset.Metadata);
        response.Error(ErrorCode.None);
        response.Tags();
    }
}
