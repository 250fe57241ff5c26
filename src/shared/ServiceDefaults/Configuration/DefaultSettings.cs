using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration.Memory;

namespace Kampung.ServiceDefaults.Configuration;

static class DefaultSettings
{
    /// <summary>Settings that any other source may override.</summary>
    public static void AddDefaultSettings(this WebApplicationBuilder builder) =>
        ((Microsoft.Extensions.Configuration.IConfigurationBuilder)builder.Configuration).Sources.Insert(0, new MemoryConfigurationSource
        {
            InitialData = new Dictionary<string, string?>
            {
                ["Logging:LogLevel:Default"] = "Information",
                ["Logging:LogLevel:Microsoft"] = "Warning",
                ["Logging:LogLevel:Microsoft.Hosting.Lifetime"] = "Information",
                ["Logging:LogLevel:System.Net.Http"] = "Warning",
                // Retries are seen in the trace, and what they end in is reported where it is handled.
                ["Logging:LogLevel:Polly"] = "Critical",
                // What is not healthy is told by /health/ready, which is asked every moment.
                ["Logging:LogLevel:Microsoft.Extensions.Diagnostics.HealthChecks"] = "Critical",
                // A failed command is reported where it is handled, once.
                ["Logging:LogLevel:Microsoft.EntityFrameworkCore.Database"] = "Critical",
                ["Logging:LogLevel:Microsoft.EntityFrameworkCore.Query"] = "Critical",
                ["Logging:LogLevel:Microsoft.EntityFrameworkCore.Update"] = "Critical",

                // The names are those of Microsoft.Extensions.Http.Resilience.
                ["Http:Resilience:TotalRequestTimeout:Timeout"] = "00:00:10",
                ["Http:Resilience:AttemptTimeout:Timeout"] = "00:00:03",
                ["Http:Resilience:Retry:MaxRetryAttempts"] = "3",
                ["Http:Resilience:Retry:Delay"] = "00:00:00.100",
                ["Http:Resilience:CircuitBreaker:FailureRatio"] = "0.5",
                ["Http:Resilience:CircuitBreaker:MinimumThroughput"] = "10",
                ["Http:Resilience:CircuitBreaker:SamplingDuration"] = "00:00:10",
                ["Http:Resilience:CircuitBreaker:BreakDuration"] = "00:00:03",
            },
        });
}
