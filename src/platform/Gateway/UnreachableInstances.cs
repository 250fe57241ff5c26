using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.Model;

namespace Kampung.Gateway;

/// <summary>
/// Passive health: one request that found nobody, or lost its connection before an answer, takes the instance out of the balance at once, for the
/// cluster's reactivation period. The first answer puts it back. A slow answer or an error status is the service's own affair.
/// </summary>
sealed class UnreachableInstances(IDestinationHealthUpdater health) : IPassiveHealthCheckPolicy
{
    public const string PolicyName = "Unreachable";

    static readonly TimeSpan DefaultReactivation = TimeSpan.FromSeconds(5);

    public string Name => PolicyName;

    public void RequestProxied(HttpContext context, ClusterState cluster, DestinationState destination)
    {
        var now = context.GetForwarderErrorFeature() switch
        {
            null => DestinationHealth.Healthy,
            { Error: ForwarderError.Request, Exception: HttpRequestException } => DestinationHealth.Unhealthy,
            _ => destination.Health.Passive,
        };
        if (now != destination.Health.Passive)
            health.SetPassive(cluster, destination, now, cluster.Model.Config.HealthCheck?.Passive?.ReactivationPeriod ?? DefaultReactivation);
    }
}
