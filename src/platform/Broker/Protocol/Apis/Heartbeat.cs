namespace Kampung.Broker.Protocol.Apis;

/// <summary>A member is alive, and hears whether a rebalance is under way.</summary>
internal static class Heartbeat
{
    public static ValueTask Handle(RequestContext context, ref RequestReader request, ResponseWriter response)
    {
        var group = context.Node.Groups.Find(request.String());
        var generation = request.Int32();
        var memberId = request.String();
        var instanceId = context.Version >= 3 ? request.NullableString() : null;

        if (context.Version >= 1) response.NoThrottle();
        response.Error(group?.Heartbeat(memberId, instanceId, generation) ?? ErrorCode.UnknownMemberId);
        response.Tags();
        return default;
    }
}
