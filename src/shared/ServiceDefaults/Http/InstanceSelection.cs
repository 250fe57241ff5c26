using System.Net;
using Microsoft.Extensions.ServiceDiscovery;

namespace Kampung.ServiceDefaults.Http;

/// <summary>Sends each attempt to one of the service's instances, in turn, leaving out those that lately refused a connection.</summary>
sealed class InstanceSelection(ServiceEndpointResolver resolver, FailedInstances failed) : DelegatingHandler
{
    static int turn = Random.Shared.Next();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
    {
        var byName = request.RequestUri ?? throw new InvalidOperationException("A request needs an address.");
        var instance = await ChooseAsync(byName, ct);
        request.RequestUri = new Uri(instance, byName.PathAndQuery);
        try
        {
            return await base.SendAsync(request, ct);
        }
        catch (HttpRequestException e) when (Resilience.WasNeverSent(e))
        {
            failed.Add(instance.Authority);
            throw;
        }
        finally
        {
            request.RequestUri = byName;
        }
    }

    async ValueTask<Uri> ChooseAsync(Uri byName, CancellationToken ct)
    {
        var endpoints = await resolver.GetEndpointsAsync($"{byName.Scheme}://{byName.Authority}", ct);
        var instances = endpoints.Endpoints.Select(endpoint => AddressOf(endpoint.EndPoint, byName)).ToList();
        if (instances.Count == 0)
            throw new HttpRequestException(HttpRequestError.NameResolutionError, $"no instance of {byName.Host} is known");

        var good = instances.FindAll(instance => !failed.Contains(instance.Authority));
        if (good.Count == 0) good = instances;
        return good[(int)((uint)Interlocked.Increment(ref turn) % good.Count)];
    }

    static Uri AddressOf(EndPoint endpoint, Uri byName) => endpoint switch
    {
        UriEndPoint uri => uri.Uri,
        IPEndPoint ip => new UriBuilder(byName.Scheme, ip.Address.ToString(), ip.Port).Uri,
        DnsEndPoint dns => new UriBuilder(byName.Scheme, dns.Host, dns.Port == 0 ? -1 : dns.Port).Uri,
        _ => throw new NotSupportedException($"{endpoint} is not an address that HTTP can be sent to."),
    };
}
