using Kampung.Broker.Groups;

namespace Kampung.Broker.Protocol.Apis;

/// <summary>All groups, or those in the states asked for.</summary>
internal static class ListGroups
{
    public static ValueTask Handle(RequestContext context, ref RequestReader request, ResponseWriter response)
    {
        var version = context.Version;
        var states = version >= 4 ? request.Strings() : [];
        var groups = context.Node.Groups.All
            .Where(group => group.State != GroupState.Dead && (states.Length == 0 || states.Contains(group.State.ToString(), StringComparer.OrdinalIgnoreCase)))
            .ToList();

        if (version >= 1) response.NoThrottle();
        response.Error(ErrorCode.None);
        response.ArrayLength(groups.Count);
        foreach (var group in groups)
        {
            response.String(group.Id);
            response.String(group.ProtocolType);
            if (version >= 4) response.String(group.State.ToString());
            response.Tags();
        }
        response.Tags();
        return default;
    }
}
