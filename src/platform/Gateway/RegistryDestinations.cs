using System.Collections.Concurrent;
using Microsoft.Extensions.Primitives;
using Microsoft.Extensions.ServiceDiscovery;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.ServiceDiscovery;

namespace Kampung.Gateway;

/// <summary>
/// Turns a destination such as <c>http://order-service</c> into the live instances of that service. It never throws: while the registry gives no answer,
/// the last good list serves on, and the registry is asked again a second later.
/// </summary>
sealed class RegistryDestinations(ServiceEndpointResolver registry, ILogger<RegistryDestinations> log) : IDestinationResolver
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(1);

    readonly ConcurrentDictionary<string, IReadOnlyList<Uri>> lastGood = new();

    public async ValueTask<ResolvedDestinationCollection> ResolveDestinationsAsync(
        IReadOnlyDictionary<string, DestinationConfig> destinations, CancellationToken cancellationToken)
    {
        var resolved = new Dictionary<string, DestinationConfig>();
        var tokens = new List<IChangeToken>();
        foreach (var destination in destinations.Values)
        {
            var (instances, token) = await InstancesOf(destination.Address, cancellationToken);
            tokens.Add(token);
            foreach (var instance in instances)
                resolved[instance.Authority] = destination with { Address = instance.ToString() };
        }
        return new ResolvedDestinationCollection(resolved, new CompositeChangeToken(tokens));
    }

    async ValueTask<(IReadOnlyList<Uri>, IChangeToken)> InstancesOf(string address, CancellationToken cancellationToken)
    {
        try
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(Patience);
            var answer = await registry.GetEndpointsAsync(address, patience.Token);
            var scheme = new Uri(address).Scheme;
            // An endpoint is a host and port, or a whole address when its source knows the scheme.
            IReadOnlyList<Uri> instances = [.. answer.Endpoints.Select(endpoint => endpoint.ToString()!)
                .Select(endpoint => new Uri(endpoint.Contains("://", StringComparison.Ordinal) ? endpoint : $"{scheme}://{endpoint}")).Distinct()];
            if (!lastGood.TryGetValue(address, out var last) || !last.SequenceEqual(instances))
                log.LogInformation("{Service} is at {Instances}", address, instances.Select(instance => instance.Authority));
            lastGood[address] = instances;
            return (instances, answer.ChangeToken.ActiveChangeCallbacks ? answer.ChangeToken : Soon());
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            var last = lastGood.GetValueOrDefault(address, []);
            log.LogWarning("{Service} cannot be looked up ({Reason}); its last {Count} instances serve on", address, e.Message, last.Count);
            return (last, Soon());
        }
    }

    // CA2000: the timer of the source ends it
#pragma warning disable CA2000
    static CancellationChangeToken Soon() => new(new CancellationTokenSource(AskAgain).Token);
#pragma warning restore CA2000
}
