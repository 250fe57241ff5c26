namespace Kampung.Broker.Protocol.Apis;

/// <summary>Which requests in which versions are answered: the first thing a client asks (KIP-35, KIP-511).</summary>
internal static class ApiVersions
{
    public static ValueTask Handle(RequestContext context, ref RequestReader request, ResponseWriter response)
    {
        Write(response, ErrorCode.None, context.Version);
        return default;
    }

    /// <summary>To a version from the future too, in the form of version 0, so that the client can try again with one of ours.</summary>
    public static void Write(ResponseWriter response, ErrorCode error, short version)
    {
        response.Error(error);
        response.ArrayLength(Api.All.Count);
        foreach (var api in Api.All)
        {
            response.Int16((short)api.Key);
            response.Int16(api.AdvertisedMin);
            response.Int16(api.Max);
            response.Tags();
        }
        if (version >= 1) response.NoThrottle();
        response.Tags();
    }
}
