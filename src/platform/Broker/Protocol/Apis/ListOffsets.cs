namespace Kampung.Broker.Protocol.Apis;

/// <summary>The first offset, the next offset, or the first offset at or after a time.</summary>
internal static class ListOffsets
{
    const long Latest = -1;
    const long Earliest = -2;

    public static ValueTask Handle(RequestContext context, ref RequestReader request, ResponseWriter response)
    {
        request.Int32(); // replica
        if (context.Version >= 2) request.Int8(); // isolation level
        if (context.Version >= 2) response.NoThrottle();

        var topics = request.ArrayLength();
        response.ArrayLength(Math.Max(0, topics));
        for (; topics > 0; topics--)
        {
            var topic = request.String();
            response.String(topic);
            var partitions = request.ArrayLength();
            response.ArrayLength(Math.Max(0, partitions));
            for (; partitions > 0; partitions--)
            {
                var index = request.Int32();
                if (context.Version >= 4) request.Int32(); // current leader epoch
                var time = request.Int64();
                request.Tags();

                var log = context.Node.Topics.Partition(topic, index);
                var error = log is null ? ErrorCode.UnknownTopicOrPartition : time < Earliest ? ErrorCode.UnsupportedVersion : ErrorCode.None;
                var (offset, timestamp) = error != ErrorCode.None ? (-1, -1) : time switch
                {
                    Latest => (log!.HighWatermark, -1),
                    Earliest => (log!.StartOffset, -1),
                    _ => log!.FindTime(time) ?? (-1, -1),
                };
                response.Int32(index);
                response.Error(error);
                response.Int64(timestamp);
                response.Int64(offset);
                if (context.Version >= 4) response.Int32(offset < 0 ? -1 : Log.PartitionLog.LeaderEpoch);
                response.Tags();
            }
            request.Tags();
            response.Tags();
        }
        response.Tags();
        return default;
    }
}
