using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Kampung.ServiceDefaults.Telemetry;

static class TelemetryExtensions
{
    // What changes twice a request and says nothing that the durations do not.
    static readonly HashSet<string> Unread = ["http.client.active_requests", "http.client.open_connections", "http.client.request.time_in_queue", "kestrel.queued_requests"];

    /// <summary>Traces of HTTP, Npgsql and Kafka, sent on only where an endpoint is configured; metrics for Prometheus.</summary>
    public static void AddTelemetry(this WebApplicationBuilder builder, string service, string[] housekeeping)
    {
        var quiet = new HousekeepingPaths(["/health", "/metrics", .. housekeeping]);
        builder.Services.AddSingleton(quiet);
        var tracing = builder.Configuration.GetSection("Tracing");
        var (zipkin, otlp) = (tracing.GetValue<Uri>("Zipkin:Endpoint"), tracing.GetValue<Uri>("Otlp:Endpoint"));
        var delay = tracing.GetValue("ExportDelay", TimeSpan.FromMilliseconds(500));
        builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(service))
            .WithTracing(traces =>
            {
                traces.AddSource("Kampung.*");
                if (zipkin is null && otlp is null)
                {
                    // Nobody reads them: traces are passed on, so that logs and timelines have their ids, and not recorded unless the caller records.
                    traces.SetSampler(new ParentBasedSampler(new AlwaysOffSampler()));
                    return;
                }
                // Whether a trace is recorded is decided where it begins; the others do as they are told.
                traces.SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(tracing.GetValue("SamplingRatio", 1.0))));
                traces.AddAspNetCoreInstrumentation(http => http.Filter = context => !quiet.Contain(context.Request.Path))
                    .AddHttpClientInstrumentation()
                    .AddNpgsql();
                if (zipkin is not null)
#pragma warning disable CS0618 // deprecated in favour of OTLP, which Zipkin takes too; Zipkin's own JSON is what needs no protobuf to read
                    traces.AddZipkinExporter(exporter =>
                    {
                        exporter.Endpoint = zipkin;
                        exporter.BatchExportProcessorOptions.ScheduledDelayMilliseconds = (int)delay.TotalMilliseconds;
                    });
#pragma warning restore CS0618
                if (otlp is not null)
                    traces.AddOtlpExporter(exporter =>
                    {
                        exporter.Endpoint = otlp;
                        exporter.BatchExportProcessorOptions.ScheduledDelayMilliseconds = (int)delay.TotalMilliseconds;
                    });
            })
            .WithMetrics(metrics => metrics
                // By name: the runtime measures by the semantic conventions itself, and the packages' shortcut adds meters that cost each request something and tell little.
                .AddMeter("Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "Npgsql", "Kampung.*")
                .AddView(instrument => Unread.Contains(instrument.Name) ? MetricStreamConfiguration.Drop : null)
                .AddRuntimeInstrumentation()
                .AddPrometheusExporter());
    }

    public static void MapMetrics(this WebApplication app) => app.MapPrometheusScrapingEndpoint("/metrics").AllowAnonymous();
}

/// <summary>Paths that probes, scrapers and the village itself call all the time.</summary>
sealed class HousekeepingPaths(string[] prefixes)
{
    public bool Contain(PathString path) => Array.Exists(prefixes, prefix => path.StartsWithSegments(prefix));
}
