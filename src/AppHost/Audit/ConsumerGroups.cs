using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Kampung.AppHost.Audit;

/// <summary>How far the services have read what was published.</summary>
public sealed record EventLog
{
    /// <summary>The ends of the partitions that they read.</summary>
    public IReadOnlyDictionary<TopicPartition, long> Ends { get; init; } = new Dictionary<TopicPartition, long>();

    public IReadOnlyList<Reading> Groups { get; init; } = [];

    /// <summary>Events were published while the books were read.</summary>
    public bool Moved { get; init; }

    /// <summary>Why nothing is known of it; null when it is.</summary>
    public string? Unknown { get; init; }

    /// <summary>Whether all that was published is taken in.</summary>
    public bool IsRead => Unknown is null && !Moved && Groups.All(group => group.Settled && group.Behind.Values.Sum() == 0);
}

/// <summary>How far a consumer group has read.</summary>
/// <param name="Settled">It is clear who of its members reads which partition.</param>
/// <param name="Behind">Events that it has not taken in, by topic.</param>
public sealed record Reading(string Group, bool Settled, IReadOnlyDictionary<string, long> Behind);

/// <summary>Asks Kafka how far the services' consumer groups have read.</summary>
public sealed class ConsumerGroups(ControlFile village) : IDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    readonly IAdminClient admin = new AdminClientBuilder(new AdminClientConfig(village.KafkaClient()) { ReconnectBackoffMaxMs = 500 })
        .SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { }).Build();

    /// <param name="services">Named as their groups.</param>
    public Task<EventLog> ReadAsync(IReadOnlyList<string> services, CancellationToken stop) => AskAsync(async () =>
    {
        // How far they have read before how far there is to read: the other way round, what came in between would seem to be read already.
        var groups = await Task.WhenAll(services.Select(CommittedAsync));
        var members = (await admin.DescribeConsumerGroupsAsync(services, new() { RequestTimeout = Patience })).ConsumerGroupDescriptions.ToDictionary(group => group.GroupId);
        var there = await PartitionsAsync();
        var partitions = groups.SelectMany(group => group.Committed.Keys).Concat(members.Values.SelectMany(Assigned)).Where(there.Contains).ToHashSet();
        var ends = await OffsetsAsync(partitions, OffsetSpec.Latest());
        var begins = await OffsetsAsync(partitions, OffsetSpec.Earliest());
        return new EventLog
        {
            Ends = ends,
            Groups = [.. groups.Select(group => new Reading(group.Service, members[group.Service].State is not (ConsumerGroupState.PreparingRebalance or ConsumerGroupState.CompletingRebalance),
                Behind(group.Committed, Assigned(members[group.Service]), begins, ends)))],
        };
    }, stop);

    /// <returns>What was known before, and whether more was published since.</returns>
    public Task<EventLog> LookAgainAsync(EventLog before, CancellationToken stop) => AskAsync(async () =>
    {
        var ends = await OffsetsAsync([.. before.Ends.Keys], OffsetSpec.Latest());
        return before with { Moved = ends.Any(end => before.Ends[end.Key] != end.Value) };
    }, stop);

    static Dictionary<string, long> Behind(
        Dictionary<TopicPartition, long> committed, IEnumerable<TopicPartition> assigned, Dictionary<TopicPartition, long> begins, Dictionary<TopicPartition, long> ends) =>
        committed.Keys.Union(assigned).Where(ends.ContainsKey)
            // Of what was never committed everything is new; what the log has forgotten nobody can read.
            .Select(partition => (partition.Topic, Events: ends[partition] - long.Max(committed.GetValueOrDefault(partition), begins.GetValueOrDefault(partition))))
            .Where(partition => partition.Events > 0)
            .GroupBy(partition => partition.Topic).ToDictionary(topic => topic.Key, topic => topic.Sum(partition => partition.Events));

    async Task<(string Service, Dictionary<TopicPartition, long> Committed)> CommittedAsync(string service)
    {
        var found = await admin.ListConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitions(service, null)], new() { RequestTimeout = Patience });
        return (service, found[0].Partitions.Where(partition => partition.Offset >= 0).ToDictionary(partition => partition.TopicPartition, partition => partition.Offset.Value));
    }

    static IEnumerable<TopicPartition> Assigned(ConsumerGroupDescription group) => group.Members.SelectMany(member => member.Assignment.TopicPartitions);

    Task<HashSet<TopicPartition>> PartitionsAsync() => Task.Run(() => admin.GetMetadata(Patience).Topics
        .SelectMany(topic => topic.Partitions, (topic, partition) => new TopicPartition(topic.Topic, partition.PartitionId)).ToHashSet());

    async Task<Dictionary<TopicPartition, long>> OffsetsAsync(HashSet<TopicPartition> partitions, OffsetSpec which)
    {
        if (partitions.Count == 0) return [];
        var found = await admin.ListOffsetsAsync(partitions.Select(partition => new TopicPartitionOffsetSpec { TopicPartition = partition, OffsetSpec = which }), new() { RequestTimeout = Patience });
        return found.ResultInfos.ToDictionary(result => result.TopicPartitionOffsetError.TopicPartition, result => result.TopicPartitionOffsetError.Offset.Value);
    }

    async Task<EventLog> AskAsync(Func<Task<EventLog>> ask, CancellationToken stop)
    {
        try
        {
            return await ask().WaitAsync(stop);
        }
        catch (KafkaException e)
        {
            return new EventLog { Unknown = $"{village.Kafka} does not say how far it is read: {e.Error.Reason}" };
        }
    }

    public void Dispose() => admin.Dispose();
}
