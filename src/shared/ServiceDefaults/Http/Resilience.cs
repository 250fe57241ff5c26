using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;
using Polly;

namespace Kampung.ServiceDefaults.Http;

/// <summary>The pipeline of a service client: total time-out, retry, circuit breaker, attempt time-out.</summary>
static class Resilience
{
    public static void Configure(HttpStandardResilienceOptions options, IServiceProvider services)
    {
        options.TotalRequestTimeout.Timeout = TimeSpan.FromSeconds(10);
        options.AttemptTimeout.Timeout = TimeSpan.FromSeconds(3);
        options.Retry.MaxRetryAttempts = 3;
        options.Retry.Delay = TimeSpan.FromMilliseconds(100);
        options.Retry.BackoffType = DelayBackoffType.Exponential;
        options.Retry.UseJitter = true;
        options.CircuitBreaker.FailureRatio = 0.5;
        options.CircuitBreaker.MinimumThroughput = 10;
        options.CircuitBreaker.SamplingDuration = TimeSpan.FromSeconds(10);
        options.CircuitBreaker.BreakDuration = TimeSpan.FromSeconds(3);
        services.GetRequiredService<IConfiguration>().GetSection("Http:Resilience").Bind(options);

        var isTransient = options.Retry.ShouldHandle;
        var isFailure = options.CircuitBreaker.ShouldHandle;
        // That no instance is known costs nothing to find out again, and ends at once when one appears.
        options.CircuitBreaker.ShouldHandle = async attempt =>
            attempt.Outcome.Exception is not HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } && await isFailure(attempt);
        options.Retry.ShouldHandle = async attempt =>
            await isTransient(attempt) && (WasNeverSent(attempt.Outcome.Exception) || attempt.Context.GetRequestMessage()?.IsIdempotent() == true);
    }

    /// <summary>Nobody accepted the connection, so that no byte of the request has left: whatever it asks for, it may be sent elsewhere.</summary>
    public static bool WasNeverSent(Exception? exception) =>
        exception is HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError };
}
