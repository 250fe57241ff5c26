using System.Globalization;

namespace Kampung.Broker.Protocol.Apis;

/// <summary>The settings of topics, and of the broker those that topics inherit.</summary>
internal static class DescribeConfigs
{
    const sbyte TopicResource = 2;
    const sbyte BrokerResource = 4;
    const sbyte SetByTopic = 1;
    const sbyte SetByDefault = 5;

    public static ValueTask Handle(RequestContext context, ref RequestReader request, ResponseWriter response)
    {
        var count = request.ArrayLength();
        response.NoThrottle();
        response.ArrayLength(Math.Max(0, count));
        for (; count > 0; count--)
        {
            var type = request.Int8();
            var name = request.String();
            var keys = request.ArrayLength() is >= 0 and var length ? new string[length] : null;
            for (var i = 0; i < keys?.Length; i++) keys[i] = request.String();
            request.Tags();

            var (error, settings) = Find(context.Node, type, name);
            var asked = settings.Where(setting => keys is null || keys.Contains(setting.Name)).ToList();
            response.Error(error);
            response.String(error == ErrorCode.None ? null : $"There is no {(type == TopicResource ? "topic" : "resource")} {name} here.");
            response.Int8(type);
            response.String(name);
            response.ArrayLength(asked.Count);
            foreach (var setting in asked)
            {
                response.String(setting.Name);
                response.String(setting.Value);
                response.Boolean(true); // read-only: there is no AlterConfigs
                response.Int8(setting.Source);
                response.Boolean(false); // sensitive
                response.ArrayLength(0); // synonyms
                if (context.Version >= 3) response.Int8(0); // type: unknown
                if (context.Version >= 3) response.String(null); // documentation
                response.Tags();
            }
            response.Tags();
        }
        response.Tags();
        return default;
    }

    static (ErrorCode Error, IEnumerable<(string Name, string Value, sbyte Source)> Settings) Find(Node node, sbyte type, string name)
    {
        var defaults = TopicSettings.Defaults(node.Options);
        if (type == TopicResource && node.Topics.TryGet(name, out var topic))
            return (ErrorCode.None, defaults.Select(setting => topic.Settings.TryGetValue(setting.Key, out var own)
                ? (setting.Key, own, SetByTopic)
                : (setting.Key, setting.Value, SetByDefault)));
        if (type == BrokerResource && name == Node.Id.ToString(CultureInfo.InvariantCulture))
            return (ErrorCode.None,
            [
                ("auto.create.topics.enable", node.Options.AutoCreateTopics ? "true" : "false", SetByDefault),
                ("message.max.bytes", defaults["max.message.bytes"], SetByDefault),
                ("num.partitions", node.Options.Partitions.ToString(CultureInfo.InvariantCulture), SetByDefault),
                ("log.retention.bytes", defaults["retention.bytes"], SetByDefault),
                ("log.retention.ms", defaults["retention.ms"], SetByDefault),
                ("log.segment.bytes", defaults["segment.bytes"], SetByDefault),
            ]);
        return (type == TopicResource ? ErrorCode.UnknownTopicOrPartition : ErrorCode.InvalidRequest, []);
    }
}
