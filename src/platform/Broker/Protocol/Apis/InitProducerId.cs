namespace Kampung.Broker.Protocol.Apis;

/// <summary>Gives an idempotent producer its id. Transactions are refused with an error that clients do not try again on.</summary>
internal static class InitProducerId
{
    public static ValueTask Handle(RequestContext context, ref RequestReader request, ResponseWriter response)
    {
        var transactional = request.NullableString() is not null;
        response.NoThrottle();
        response.Error(transactional ? ErrorCode.TransactionalIdAuthorizationFailed : ErrorCode.None);
        response.Int64(transactional ? -1 : context.Node.ProducerIds.Next());
        response.Int16(transactional ? (short)-1 : (short)0);
        response.Tags();
        return default;
    }
}
