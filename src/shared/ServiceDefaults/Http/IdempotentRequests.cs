
namespace Kampung.ServiceDefaults;

/// <summary>Which requests may be sent again.</summary>
public static class IdempotentRequests
{
    static readonly HttpRequestOptionsKey<bool> Key = new("Kampung.Idempotent");

    /// <summary>Marks a request that the service takes once however often it is sent, so that it is retried like a GET.</summary>
    public static HttpRequestMessage Idempotent(this HttpRequestMessage request)
    {
        ArgumentNullException.ThrowIfNull(request);
        request.Options.Set(Key, true);
        return request;
    }

    internal static bool IsIdempotent(this HttpRequestMessage request) =>
        request.Method == HttpMethod.Get || request.Method == HttpMethod.Head || request.Method == HttpMethod.Options
        || request.Headers.Contains("Idempotency-Key")
        || (request.Options.TryGetValue(Key, out var marked) && marked);
}
