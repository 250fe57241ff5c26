using Kampung.Broker.Groups;

namespace Kampung.Broker.Protocol.Apis;

/// <summary>The leader hands in the assignment, everybody gets its share; the answer waits for the leader.</summary>
internal static class SyncGroup
{
    public static ValueTask Handle(RequestContext context, ref RequestReader request, ResponseWriter response)
    {
        var version = context.Version;
        var groupId = request.String();
        var generation = request.Int32();
        var memberId = request.String();
        var instanceId = version >= 3 ? request.NullableString() : null;
        var protocolType = version >= 5 ? request.NullableString() : null;
        var protocol = version >= 5 ? request.NullableString() : null;
        var assignments = new Dictionary<string, byte[]>();
        for (var count = request.ArrayLength(); count > 0; count--)
        {
            assignments[request.String()] = request.Bytes().ToArray();
            request.Tags();
        }
        var sync = context.Node.Groups.Find(groupId)?.SyncAsync(memberId, instanceId, generation, protocolType, protocol, assignments)
            ?? Task.FromResult(new SyncResult(ErrorCode.UnknownMemberId, []));
        return WriteAsync(response, version, sync);
    }

    static async ValueTask WriteAsync(ResponseWriter response, short version, Task<SyncResult> sync)
    {
        var synced = await sync;
        if (version >= 1) response.NoThrottle();
        response.Error(synced.Error);
        if (version >= 5) response.String(synced.ProtocolType);
        if (version >= 5) response.String(synced.Protocol);
        response.Bytes(synced.Assignment);
        response.Tags();
    }
}
