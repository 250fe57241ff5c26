using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Kampung.SystemTests;

/// <summary>One span as Zipkin's v2 API has it (https://zipkin.io/zipkin-api/).</summary>
public sealed record Span(
    string TraceId,
    string Id,
    string? ParentId,
    string? Name,
    string? Kind,
    Span.Endpoint? LocalEndpoint,
    Dictionary<string, string>? Tags)
{
    public sealed record Endpoint([property: JsonPropertyName("serviceName")] string? ServiceName);

    public string Service => LocalEndpoint?.ServiceName ?? "";

    public override string ToString() => $"{Service} {Kind} {Name} [{Id} <- {ParentId ?? "root"}]";
}

/// <summary>Takes what the village's processes export, as a Zipkin server would, and keeps it by trace.</summary>
public sealed class ZipkinCollector : IAsyncDisposable
{
    readonly WebApplication app;
    readonly ConcurrentQueue<Span> spans = new();

    ZipkinCollector(WebApplication app) => this.app = app;

    public Uri Endpoint { get; private set; } = null!;

    public IReadOnlyList<Span> Trace(string traceId) => [.. spans.Where(span => span.TraceId == traceId)];

    public static async Task<ZipkinCollector> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var collector = new ZipkinCollector(app);
        app.MapPost("/api/v2/spans", (Span[] received) =>
        {
            foreach (var span in received) collector.spans.Enqueue(span);
            return Results.Accepted();
        });
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        collector.Endpoint = new Uri($"{address}/api/v2/spans");
        return collector;
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();
}
