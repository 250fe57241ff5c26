using Kampung.Broker.Groups;

namespace Kampung.Broker.Protocol.Apis;

/// <summary>A member comes into a group; the answer waits until all the others have too.</summary>
internal static class JoinGroup
{
    public static ValueTask Handle(RequestContext context, ref RequestReader request, ResponseWriter response)
    {
        var version = context.Version;
        var group = request.String();
        var sessionTimeout = request.Int32();
        var rebalanceTimeout = version >= 1 ? request.Int32() : sessionTimeout;
        var memberId = request.String();
        var instanceId = version >= 5 ? request.NullableString() : null;
        var protocolType = request.String();
        var protocols = new KeyValuePair<string, byte[]>[Math.Max(0, request.ArrayLength())];
        for (var i = 0; i < protocols.Length; i++)
        {
            protocols[i] = KeyValuePair.Create(request.String(), request.Bytes().ToArray());
            request.Tags();
        }
        var join = context.Node.Groups.JoinAsync(group, new JoinRequest(
            memberId, instanceId, context.ClientId, context.ClientHost, TimeSpan.FromMilliseconds(sessionTimeout), TimeSpan.FromMilliseconds(rebalanceTimeout),
            protocolType, protocols, MustKnowItsId: version >= 4));
        return WriteAsync(response, version, join);
    }

    static async ValueTask WriteAsync(ResponseWriter response, short version, Task<JoinResult> join)
    {
        var joined = await join;
        if (version >= 2) response.NoThrottle();
        response.Error(joined.Error);
        response.Int32(joined.Generation);
        if (version >= 7) response.String(joined.ProtocolType);
        response.String(joined.Protocol ?? (version >= 7 ? null : ""));
        response.String(joined.Leader);
        response.String(joined.MemberId);
        response.ArrayLength(joined.Members?.Length ?? 0);
        foreach (var member in joined.Members ?? [])
        {
            response.String(member.MemberId);
            if (version >= 5) response.String(member.InstanceId);
            response.Bytes(member.Metadata);
            response.Tags();
        }
        response.Tags();
    }
}
