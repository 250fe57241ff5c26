namespace Kampung.Broker.Protocol.Apis;

/// <summary>Which broker coordinates a group: this one. Transactions have none.</summary>
internal static class FindCoordinator
{
    const sbyte Group = 0;

    public static ValueTask Handle(RequestContext context, ref RequestReader request, ResponseWriter response)
    {
        request.String(); // the group
        var known = context.Version < 1 || request.Int8() == Group;

        if (context.Version >= 1) response.NoThrottle();
        response.Error(known ? ErrorCode.None : ErrorCode.TransactionalIdAuthorizationFailed);
        if (context.Version >= 1) response.String(known ? null : "This broker has no transactions.");
        response.Int32(known ? Node.Id : -1);
        response.String(known ? context.Node.Options.Host : "");
        response.Int32(known ? context.Node.Port : -1);
        response.Tags();
        return default;
    }
}
