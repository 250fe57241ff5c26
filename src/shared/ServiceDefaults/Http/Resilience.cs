using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Http.Resilience;
using Polly;

namespace Kampung.ServiceDefaults.Http;

/// <summary>The pipeline of a service client: total time-out, retry, circuit breaker, attempt time-out.</summary>
static class Resilience
{
    /// <summary>The section's values are in use while running, too, when they change.</summary>
    public static void Configure(IHttpStandardResiliencePipelineBuilder pipeline, IConfigurationSection section) =>
        pipeline.Configure(section).Configure(OnlyWhatMayBeRepeated);

    static void OnlyWhatMayBeRepeated(HttpStandardResilienceOptions options)
    {
        var isTransient = options.Retry.ShouldHandle;
        var isFailure = options.CircuitBreaker.ShouldHandle;
        options.Retry.ShouldHandle = async attempt =>
            await isTransient(attempt) && (WasNeverSent(attempt.Outcome.Exception) || attempt.Context.GetRequestMessage()?.IsIdempotent() == true);
        // That no instance is known costs nothing to find out again, and ends at once when one appears.
        options.CircuitBreaker.ShouldHandle = async attempt =>
            attempt.Outcome.Exception is not HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } && await isFailure(attempt);
    }

    /// <summary>Nobody accepted the connection, so that no byte of the request has left: whatever it asks for, it may be sent elsewhere.</summary>
    public static bool WasNeverSent(Exception? exception) =>
        exception is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError };
}
