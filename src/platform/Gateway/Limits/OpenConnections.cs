using System.Diagnostics.Metrics;
using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Kampung.Gateway.Limits;

/// <summary>Closes a connection of an address that has <c>Gateway:Connections:PerAddress</c> open already, before a byte of it is read, so that one address cannot take all there are.</summary>
sealed class OpenConnections
{
    readonly AtOnce<UInt128> open = new();
    readonly TrustedProxies proxies;
    readonly int limit;
    readonly Counter<long> refused;

    public OpenConnections(RouteTable table, TrustedProxies proxies, IMeterFactory metrics)
    {
        (this.proxies, limit) = (proxies, table.Settings.Connections.PerAddress);
        refused = metrics.Create("Kampung.Gateway").CreateCounter<long>("kampung.gateway.connections.refused", description: "Connections that were closed because their address had too many");
    }

    /// <summary>On every endpoint, before TLS.</summary>
    public static void Limit(KestrelServerOptions kestrel) => kestrel.ConfigureEndpointDefaults(endpoint => endpoint.Use(next =>
        connection => kestrel.ApplicationServices.GetRequiredService<OpenConnections>().Admit(connection, next)));

    async Task Admit(ConnectionContext connection, ConnectionDelegate next)
    {
        // Whoever comes through a proxy that is trusted has an address of their own, and budgets.
        if ((connection.RemoteEndPoint as IPEndPoint)?.Address is not { } remote || proxies.Contain(remote))
        {
            await next(connection);
            return;
        }
        var address = ClientAddress.Of(remote);
        if (!open.TryTake(address, limit))
        {
            refused.Add(1);
            return;
        }
        try
        {
            await next(connection);
        }
        finally
        {
            open.GiveBack(address);
        }
    }
}
