namespace Kampung.Broker.Protocol.Apis;

/// <summary>Deletes topics, with their records and what groups committed of them.</summary>
internal static class DeleteTopics
{
    public static ValueTask Handle(RequestContext context, ref RequestReader request, ResponseWriter response)
    {
        var names = request.Strings();
        request.Int32(); // timeout

        var forgotten = new List<Task>();
        response.NoThrottle();
        response.ArrayLength(names.Length);
        foreach (var name in names)
        {
            var deleted = context.Node.Topics.TryDelete(name);
            if (deleted) forgotten.Add(context.Node.Groups.Offsets.DeleteTopicAsync(name));
            response.String(name);
            response.Error(deleted ? ErrorCode.None : ErrorCode.UnknownTopicOrPartition);
            if (context.Version >= 5) response.String(null);
            response.Tags();
        }
        response.Tags();
        return new ValueTask(Task.WhenAll(forgotten));
    }
}
