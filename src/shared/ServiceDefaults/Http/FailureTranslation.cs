using System.Net;
using Polly.CircuitBreaker;
using Polly.RateLimiting;
using Polly.Timeout;

namespace Kampung.ServiceDefaults.Http;

/// <summary>Tells every way in which a service can fail to answer by one exception that names it.</summary>
sealed class FailureTranslation(string service) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
    {
        HttpResponseMessage response;
        try
        {
            response = await base.SendAsync(request, ct);
        }
        catch (BrokenCircuitException e)
        {
            throw new ServiceUnavailableException(service, e, e.RetryAfter);
        }
        catch (Exception e) when (e is HttpRequestException or TimeoutRejectedException or RateLimiterRejectedException)
        {
            throw new ServiceUnavailableException(service, e);
        }

        if (response.StatusCode is not (>= HttpStatusCode.InternalServerError or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests)) return response;
        using (response)
            throw new ServiceUnavailableException(service, new HttpRequestException($"it answered {(int)response.StatusCode}"), response.Headers.RetryAfter?.Delta);
    }
}
