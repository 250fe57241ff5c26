using Microsoft.Extensions.Diagnostics.HealthChecks;
using Yarp.ReverseProxy;

namespace Kampung.Gateway;

/// <summary>
/// Readiness: every service that a route leads to was found. A village where one stall never opens must still have its gate open, so after
/// <c>Gateway:StartupPatience</c> (30 s) one found service is enough. A service that goes away later does not close the gate either.
/// </summary>
sealed class FoundServices(IProxyStateLookup proxy, RouteTable table, TimeProvider time) : IHealthCheck
{
    readonly long started = time.GetTimestamp();
    readonly TimeSpan patience = table.Settings.StartupPatience;
    bool ready;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var clusters = proxy.GetClusters().Select(cluster => cluster.Model.Config).ToList();
        var missing = clusters.Where(cluster => cluster.Destinations is not { Count: > 0 }).Select(cluster => cluster.ClusterId).ToList();
        ready |= clusters.Count > 0 && (missing.Count == 0 || (missing.Count < clusters.Count && time.GetElapsedTime(started) > patience));
        var found = $"{clusters.Count - missing.Count} of {clusters.Count} services found{(missing.Count == 0 ? "" : $", not {string.Join(", ", missing)}")}";
        return Task.FromResult(ready ? HealthCheckResult.Healthy(found) : HealthCheckResult.Unhealthy(found));
    }
}
