using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.ServiceDiscovery;

namespace Kampung.ServiceDefaults.Discovery;

/// <summary>Makes names resolve by the registry, for <see cref="HttpClient"/> and YARP alike.</summary>
sealed class EurekaEndpointsFactory(EurekaDirectory directory) : IServiceEndpointProviderFactory
{
    public bool TryCreateProvider(ServiceEndpointQuery query, [NotNullWhen(true)] out IServiceEndpointProvider? provider)
    {
        provider = new EurekaEndpoints(query.ServiceName, directory);
        return true;
    }
}

sealed class EurekaEndpoints(string service, EurekaDirectory directory) : IServiceEndpointProvider
{
    public async ValueTask PopulateAsync(IServiceEndpointBuilder endpoints, CancellationToken cancellationToken)
    {
        if (endpoints.Endpoints.Count > 0) return; // the section Services has the last word
        var (addresses, changed) = await directory.FindAsync(service, cancellationToken);
        foreach (var address in addresses) endpoints.Endpoints.Add(ServiceEndpoint.Create(new UriEndPoint(address)));
        endpoints.AddChangeToken(changed);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
