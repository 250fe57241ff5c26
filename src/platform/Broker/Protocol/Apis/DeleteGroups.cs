namespace Kampung.Broker.Protocol.Apis;

/// <summary>Deletes groups that nobody is in, with their committed offsets.</summary>
internal static class DeleteGroups
{
    public static ValueTask Handle(RequestContext context, ref RequestReader request, ResponseWriter response) =>
        WriteAsync(response, request.Strings(), context.Node);

    static async ValueTask WriteAsync(ResponseWriter response, string[] names, Node node)
    {
        response.NoThrottle();
        response.ArrayLength(names.Length);
        foreach (var name in names)
        {
            response.String(name);
            response.Error(await node.Groups.DeleteAsync(name));
            response.Tags();
        }
        response.Tags();
    }
}
