using Kampung.ServiceDefaults.Auth;
using Kampung.ServiceDefaults.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Http.Resilience;

namespace Kampung.ServiceDefaults;

/// <summary>HTTP clients of other services.</summary>
public static class ServiceClientExtensions
{
    /// <summary>
    /// Adds <typeparamref name="TClient"/> over an <see cref="HttpClient"/> at <c>http://{service}</c>: found by discovery, with time-outs, retries of what is
    /// safe to repeat, and a circuit breaker (<c>Http:Resilience</c>, see <see cref="HttpStandardResilienceOptions"/>). They carry this service's own token.
    /// A service that does not answer, also after retries, or answers 408, 429 or 5xx, is a <see cref="ServiceUnavailableException"/>.
    /// </summary>
    /// <param name="builder">The process.</param>
    /// <param name="service">The other service's name.</param>
    /// <param name="inCallersName">They carry the token of who asks this process instead, if there is one.</param>
    public static IHttpClientBuilder AddServiceClient<TClient>(this WebApplicationBuilder builder, string service, bool inCallersName = false) where TClient : class
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.TryAddTransient<CallerForwarding>();
        builder.Services.TryAddTransient<OwnToken>();

        // Outermost first; the instance is chosen anew for each attempt.
        var client = builder.Services.AddHttpClient<TClient>(http =>
        {
            http.BaseAddress = new Uri($"http://{service}");
            http.Timeout = Timeout.InfiniteTimeSpan; // the resilience pipeline's is the one that counts
        });
        client.AddHttpMessageHandler(() => new FailureTranslation(service));
        if (builder.ChecksTokens() && !inCallersName) client.AddHttpMessageHandler<OwnToken>();
        else client.AddHttpMessageHandler<CallerForwarding>();
        Resilience.Configure(client.AddStandardResilienceHandler(), builder.Configuration.GetSection("Http:Resilience"));
        client.AddInstanceSelection(builder.Services);
        return client;
    }

    /// <summary>Each attempt goes to an instance that discovery knows by the name in the address. To be added last.</summary>
    internal static void AddInstanceSelection(this IHttpClientBuilder client, IServiceCollection services)
    {
        services.TryAddTransient<InstanceSelection>();
        services.TryAddSingleton<FailedInstances>();
        client.AddHttpMessageHandler<InstanceSelection>();
    }
}
