namespace Kampung.Broker.Protocol.Apis;

/// <summary>Members go, one or (from version 3) several; the others share anew at once.</summary>
internal static class LeaveGroup
{
    public static ValueTask Handle(RequestContext context, ref RequestReader request, ResponseWriter response)
    {
        var version = context.Version;
        var group = context.Node.Groups.Find(request.String());
        if (version >= 1) response.NoThrottle();
        if (version < 3)
        {
            response.Error(group?.Leave(request.String(), null) ?? ErrorCode.UnknownMemberId);
            return default;
        }

        var members = request.ArrayLength();
        response.Error(ErrorCode.None);
        response.ArrayLength(Math.Max(0, members));
        for (; members > 0; members--)
        {
            var memberId = request.String();
            var instanceId = request.NullableString();
            request.Tags();
            response.String(memberId);
            response.String(instanceId);
            response.Error(group?.Leave(memberId, instanceId) ?? ErrorCode.UnknownMemberId);
            response.Tags();
        }
        response.Tags();
        return default;
    }
}
