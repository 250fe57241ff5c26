using System.Collections.Frozen;
using Kampung.Broker.Protocol.Apis;

namespace Kampung.Broker.Protocol;

/// <summary>What a request is answered from.</summary>
internal readonly record struct RequestContext(Node Node, short Version, string ClientId, string ClientHost);

/// <summary>
/// Reads a request's body and writes its answer's body. The request's bytes are only there until this returns; the answer is complete when the task is.
/// </summary>
internal delegate ValueTask RequestHandler(RequestContext context, ref RequestReader request, ResponseWriter response);

/// <summary>A request type and the versions of it that are answered.</summary>
/// <param name="Key">Its number.</param>
/// <param name="AdvertisedMin">The first version ApiVersions tells of.</param>
/// <param name="Min">The first version that is answered.</param>
/// <param name="Max">The last one.</param>
/// <param name="FlexibleFrom">The first one with compact types and tagged fields.</param>
/// <param name="Handle">What answers it.</param>
internal sealed record Api(ApiKey Key, short AdvertisedMin, short Min, short Max, short FlexibleFrom, RequestHandler Handle)
{
    // Fetch ends before version 13, which names topics by id. librdkafka compresses only for brokers that advertise Produce from version 0 on,
    // though it never uses one below 3 here (Kafka 4 does the same).
    public static readonly IReadOnlyList<Api> All =
    [
        new(ApiKey.Produce, 0, 3, 9, 9, Produce.Handle),
        new(ApiKey.Fetch, 4, 4, 12, 12, Fetch.Handle),
        new(ApiKey.ListOffsets, 1, 1, 6, 6, ListOffsets.Handle),
        new(ApiKey.Metadata, 0, 0, 9, 9, Metadata.Handle),
        new(ApiKey.OffsetCommit, 2, 2, 8, 8, OffsetCommit.Handle),
        new(ApiKey.OffsetFetch, 1, 1, 7, 6, OffsetFetch.Handle),
        new(ApiKey.FindCoordinator, 0, 0, 3, 3, FindCoordinator.Handle),
        new(ApiKey.JoinGroup, 0, 0, 7, 6, JoinGroup.Handle),
        new(ApiKey.Heartbeat, 0, 0, 4, 4, Heartbeat.Handle),
        new(ApiKey.LeaveGroup, 0, 0, 4, 4, LeaveGroup.Handle),
        new(ApiKey.SyncGroup, 0, 0, 5, 4, SyncGroup.Handle),
        new(ApiKey.DescribeGroups, 0, 0, 5, 5, DescribeGroups.Handle),
        new(ApiKey.ListGroups, 0, 0, 4, 3, ListGroups.Handle),
        new(ApiKey.ApiVersions, 0, 0, 3, 3, ApiVersions.Handle),
        new(ApiKey.CreateTopics, 2, 2, 5, 5, CreateTopics.Handle),
        new(ApiKey.DeleteTopics, 1, 1, 5, 4, DeleteTopics.Handle),
        new(ApiKey.InitProducerId, 0, 0, 4, 2, InitProducerId.Handle),
        new(ApiKey.DescribeConfigs, 1, 1, 4, 4, DescribeConfigs.Handle),
        new(ApiKey.DeleteGroups, 0, 0, 2, 2, DeleteGroups.Handle),
    ];

    static readonly FrozenDictionary<short, Api> ByKey = All.ToFrozenDictionary(api => (short)api.Key);

    public static Api? Find(short key) => ByKey.GetValueOrDefault(key);

    public bool Answers(short version) => version >= Min && version <= Max;

    public bool IsFlexible(short version) => version >= FlexibleFrom;
}
