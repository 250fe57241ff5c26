using Kampung.Broker.Groups;

namespace Kampung.Broker.Protocol.Apis;

/// <summary>Groups with their members and who reads what; a group nobody knows is described as dead.</summary>
internal static class DescribeGroups
{
    public static ValueTask Handle(RequestContext context, ref RequestReader request, ResponseWriter response)
    {
        var version = context.Version;
        var names = request.Strings();

        if (version >= 1) response.NoThrottle();
        response.ArrayLength(names.Length);
        foreach (var name in names)
        {
            var group = context.Node.Groups.Find(name)?.Describe() ?? new GroupDescription(name, GroupState.Dead, "", "", []);
            response.Error(ErrorCode.None);
            response.String(group.GroupId);
            response.String(group.State.ToString());
            response.String(group.ProtocolType);
            response.String(group.Protocol);
            response.ArrayLength(group.Members.Length);
            foreach (var member in group.Members)
            {
                response.String(member.MemberId);
                if (version >= 4) response.String(member.InstanceId);
                response.String(member.ClientId);
                response.String(member.ClientHost);
                response.Bytes(member.Metadata);
                response.Bytes(member.Assignment);
                response.Tags();
            }
            if (version >= 3) response.Int32(int.MinValue); // authorized operations: not asked
            response.Tags();
        }
        response.Tags();
        return default;
    }
}
