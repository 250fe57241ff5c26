namespace Kampung.ServiceDefaults;

/// <summary>A service that is needed does not answer, after retries. It becomes 503 with <c>Retry-After</c> unless it is caught.</summary>
/// <param name="service">The service's name.</param>
/// <param name="inner">Why, if it is known.</param>
/// <param name="retryAfter">When it may be worth trying again; 2 s by default.</param>
#pragma warning disable CA1032 // the standard constructors would leave the service unnamed
public sealed class ServiceUnavailableException(string service, Exception? inner = null, TimeSpan? retryAfter = null)
    : Exception($"{service} is not available{(inner is null ? "" : $": {inner.Message}")}", inner)
#pragma warning restore CA1032
{
    public string Service { get; } = service;

    public TimeSpan RetryAfter { get; } = retryAfter ?? TimeSpan.FromSeconds(2);
}
