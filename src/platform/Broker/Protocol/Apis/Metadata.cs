using Kampung.Broker.Log;

namespace Kampung.Broker.Protocol.Apis;

/// <summary>Which brokers there are (this one) and which topics. A topic that is asked for by name is created if both sides allow that.</summary>
internal static class Metadata
{
    const int NotAsked = int.MinValue; // authorized operations

    public static ValueTask Handle(RequestContext context, ref RequestReader request, ResponseWriter response)
    {
        var (node, version) = (context.Node, context.Version);
        var count = request.ArrayLength();
        var names = count < 0 || (version == 0 && count == 0) ? null : new List<string>(count);
        for (; count > 0; count--)
        {
            names!.Add(request.String());
            request.Tags();
        }
        var mayCreate = (version < 4 || request.Boolean()) && node.Options.AutoCreateTopics;

        if (version >= 3) response.NoThrottle();
        response.ArrayLength(1);
        response.Int32(Node.Id);
        response.String(node.Options.Host);
        response.Int32(node.Port);
        if (version >= 1) response.String(null); // rack
        response.Tags();
        if (version >= 2) response.String(node.ClusterId);
        if (version >= 1) response.Int32(Node.Id); // controller

        if (names is null)
        {
            var all = node.Topics.All.ToList();
            response.ArrayLength(all.Count);
            foreach (var topic in all) WriteTopic(response, version, ErrorCode.None, topic.Name, topic);
        }
        else
        {
            response.ArrayLength(names.Count);
            foreach (var name in names)
            {
                var topic = Find(node, name, mayCreate);
                var error = topic is not null ? ErrorCode.None : TopicStore.IsValidName(name) ? ErrorCode.UnknownTopicOrPartition : ErrorCode.InvalidTopic;
                WriteTopic(response, version, error, name, topic);
            }
        }
        if (version >= 8) response.Int32(NotAsked);
        response.Tags();
        return default;
    }

    static Topic? Find(Node node, string name, bool mayCreate)
    {
        if (!node.Topics.TryGet(name, out var topic) && mayCreate && TopicStore.IsValidName(name)) node.Topics.TryCreate(name, null, [], out topic);
        return topic;
    }

    static void WriteTopic(ResponseWriter response, short version, ErrorCode error, string name, Topic? topic)
    {
        ReadOnlySpan<int> brokers = [Node.Id];
        response.Error(error);
        response.String(name);
        if (version >= 1) response.Boolean(false); // internal
        response.ArrayLength(topic?.Partitions.Length ?? 0);
        for (var i = 0; i < topic?.Partitions.Length; i++)
        {
            response.Error(ErrorCode.None);
            response.Int32(i);
            response.Int32(Node.Id);
            if (version >= 7) response.Int32(PartitionLog.LeaderEpoch);
            response.Int32s(brokers); // replicas
            response.Int32s(brokers); // in sync
            if (version >= 5) response.Int32s([]); // offline
            response.Tags();
        }
        if (version >= 8) response.Int32(NotAsked);
        response.Tags();
    }
}
