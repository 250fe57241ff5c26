using System.Diagnostics.Metrics;
using Kampung.ServiceDefaults;

namespace Kampung.Gateway.Limits;

/// <summary>Refuses a live stream (<see cref="RouteRules.Stream"/>) of a client that has <c>Gateway:Limits:Streams</c> open already.</summary>
sealed class OpenStreams
{
    const string RetryAfter = "5";

    readonly AtOnce<ClientKey> open = new();
    readonly RouteTable table;

    public OpenStreams(RouteTable table, IMeterFactory metrics)
    {
        this.table = table;
        metrics.Create("Kampung.Gateway").CreateObservableGauge("kampung.gateway.streaming", () => open.Clients, description: "Clients with live streams");
    }

    public Task Limit(HttpContext http, RequestDelegate next) =>
        table.Settings.Limits.Enabled && http.GetEndpoint()?.Metadata.GetMetadata<RouteRules>() is { Stream: true } rules ? Count(http, ClientLimits.KeyOf(http, rules.Budget), next) : next(http);

    async Task Count(HttpContext http, ClientKey client, RequestDelegate next)
    {
        var limit = table.Settings.Limits.Streams;
        if (!open.TryTake(client, limit))
        {
            http.Response.Headers.RetryAfter = RetryAfter;
            await Problems.Of(StatusCodes.Status429TooManyRequests, $"No more than {limit} streams may be open at once.").ExecuteAsync(http);
            return;
        }
        try
        {
            await next(http);
        }
        finally
        {
            open.GiveBack(client);
        }
    }
}
