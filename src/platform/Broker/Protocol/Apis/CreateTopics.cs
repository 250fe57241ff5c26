using System.Globalization;

namespace Kampung.Broker.Protocol.Apis;

/// <summary>Creates topics, or only says whether they could be.</summary>
internal static class CreateTopics
{
    const sbyte SetByTopic = 1;
    const sbyte SetByDefault = 5;

    sealed record NewTopic(string Name, int Partitions, short Replicas, int Assignments, Dictionary<string, string> Settings, string? BadSetting);

    public static ValueTask Handle(RequestContext context, ref RequestReader request, ResponseWriter response)
    {
        var wanted = new List<NewTopic>();
        for (var count = request.ArrayLength(); count > 0; count--) wanted.Add(Read(ref request));
        request.Int32(); // timeout
        var validateOnly = request.Boolean();

        response.NoThrottle();
        response.ArrayLength(wanted.Count);
        foreach (var topic in wanted)
        {
            var (error, message) = Problem(topic, wanted);
            if (error == ErrorCode.None && (validateOnly
                ? context.Node.Topics.TryGet(topic.Name, out _)
                : !context.Node.Topics.TryCreate(topic.Name, topic.Partitions > 0 ? topic.Partitions : null, topic.Settings, out _)))
                (error, message) = (ErrorCode.TopicAlreadyExists, $"Topic {topic.Name} exists already.");

            response.String(topic.Name);
            response.Error(error);
            response.String(message);
            if (context.Version >= 5) WriteOutcome(response, context.Node.Options, topic, error);
            response.Tags();
        }
        response.Tags();
        return default;
    }

    static NewTopic Read(ref RequestReader request)
    {
        var name = request.String();
        var partitions = request.Int32();
        var replicas = request.Int16();
        var assignments = Math.Max(0, request.ArrayLength());
        for (var i = 0; i < assignments; i++)
        {
            request.Int32();
            request.Int32s();
            request.Tags();
        }
        var settings = new Dictionary<string, string>();
        string? bad = null;
        for (var count = request.ArrayLength(); count > 0; count--)
        {
            var key = request.String();
            var value = request.NullableString();
            request.Tags();
            bad ??= TopicSettings.Problem(key, value);
            settings[key] = value ?? "";
        }
        request.Tags();
        return new NewTopic(name, partitions, replicas, assignments, settings, bad);
    }

    static (ErrorCode, string?) Problem(NewTopic topic, List<NewTopic> all) => topic switch
    {
        _ when !TopicStore.IsValidName(topic.Name) => (ErrorCode.InvalidTopic, "A topic's name has 1 to 249 letters, digits, dots, dashes or underscores."),
        _ when all.Count(other => other.Name == topic.Name) > 1 => (ErrorCode.InvalidRequest, $"Topic {topic.Name} is asked for twice."),
        { Assignments: > 0 } => (ErrorCode.InvalidReplicaAssignment, "There is one broker; partitions cannot be assigned."),
        { Partitions: 0 or < -1 or > TopicStore.MaxPartitions } =>
            (ErrorCode.InvalidPartitions, string.Create(CultureInfo.InvariantCulture, $"A topic has 1 to {TopicStore.MaxPartitions} partitions.")),
        { Replicas: not (1 or -1) } => (ErrorCode.InvalidReplicationFactor, "There is one broker; the replication factor must be 1."),
        { BadSetting: { } bad } => (ErrorCode.InvalidConfig, bad),
        _ => (ErrorCode.None, null),
    };

    static void WriteOutcome(ResponseWriter response, BrokerOptions options, NewTopic topic, ErrorCode error)
    {
        var settings = TopicSettings.Defaults(options);
        response.Int32(error != ErrorCode.None ? -1 : topic.Partitions > 0 ? topic.Partitions : options.Partitions);
        response.Int16(error != ErrorCode.None ? (short)-1 : (short)1);
        response.ArrayLength(error != ErrorCode.None ? 0 : settings.Count);
        if (error != ErrorCode.None) return;
        foreach (var (name, value) in settings)
        {
            response.String(name);
            response.String(topic.Settings.GetValueOrDefault(name, value));
            response.Boolean(false); // read-only
            response.Int8(topic.Settings.ContainsKey(name) ? SetByTopic : SetByDefault);
            response.Boolean(false); // sensitive
            response.Tags();
        }
    }
}
