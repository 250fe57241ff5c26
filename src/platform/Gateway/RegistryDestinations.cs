using System.Collections.Concurrent;
using System.Diagnostics;
using Microsoft.Extensions.Primitives;
using Microsoft.Extensions.ServiceDiscovery;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.ServiceDiscovery;

namespace Kampung.Gateway;

/// <summary>
/// Turns a destination such as <c>http://order-service</c> into the live instances of that service. It never throws: while the registry gives no answer,
/// the last good list serves on, and YARP asks again when there is one.
/// </summary>
sealed class RegistryDestinations(ServiceEndpointResolver registry, ILogger<RegistryDestinations> log) : IDestinationResolver
{
    static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);
    static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(1);

    // A registry that starts anew knows nobody until everybody has told it again, so "nobody is there" is believed only after a while.
    static readonly TimeSpan Disbelief = TimeSpan.FromSeconds(15);

    readonly ConcurrentDictionary<string, IReadOnlyList<Uri>> lastGood = new();
    readonly ConcurrentDictionary<string, long> emptySince = new();

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
        var lookup = registry.GetEndpointsAsync(address, CancellationToken.None).AsTask();
        try
        {
            var answer = await lookup.WaitAsync(Patience, cancellationToken);
            var scheme = new Uri(address).Scheme;
            // An endpoint is a host and port, or a whole address when its source knows the scheme.
            IReadOnlyList<Uri> instances = [.. answer.Endpoints.Select(endpoint => endpoint.ToString()!)
                .Select(endpoint => new Uri(endpoint.Contains("://", StringComparison.Ordinal) ? endpoint : $"{scheme}://{endpoint}")).Distinct()];
            var last = lastGood.GetValueOrDefault(address);
            if (instances.Count > 0)
                emptySince.TryRemove(address, out _);
            else if (last is { Count: > 0 } && Stopwatch.GetElapsedTime(emptySince.GetOrAdd(address, _ => Stopwatch.GetTimestamp())) < Disbelief)
                return (last, Again(Task.Delay(AskAgain, CancellationToken.None)));
            if (last is null || !last.SequenceEqual(instances))
                log.LogInformation("{Service} is at {Instances}", address, instances.Select(instance => instance.Authority));
            lastGood[address] = instances;
            return (instances, answer.ChangeToken.ActiveChangeCallbacks ? answer.ChangeToken : Again(Task.Delay(AskAgain, CancellationToken.None)));
        }
        catch (TimeoutException)
        {
            // The first routes are read before anything else in the process runs, also what talks to the registry.
            return (lastGood.GetValueOrDefault(address, []), Again(lookup));
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            var last = lastGood.GetValueOrDefault(address, []);
            log.LogWarning("{Service} cannot be looked up ({Reason}); its last {Count} instances serve on", address, e.Message, last.Count);
            return (last, Again(Task.Delay(AskAgain, CancellationToken.None)));
        }
    }

    /// <summary>A token by which YARP asks again once <paramref name="reason"/> is there, whether it went well or not.</summary>
    static CancellationChangeToken Again(Task reason)
    {
#pragma warning disable CA2000 // a source without a timer holds nothing that must be freed
        var again = new CancellationTokenSource();
#pragma warning restore CA2000
        _ = reason.ContinueWith(done =>
        {
            _ = done.Exception; // it was told, or will be by the next lookup
            again.Cancel();
        }, TaskScheduler.Default);
        return new CancellationChangeToken(again.Token);
    }
}
