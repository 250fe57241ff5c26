using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text.Json;
using Kampung.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Shouldly;

namespace Kampung.ServiceDefaults.Tests;

public sealed class TelemetryTests
{
    public sealed class StallClient(HttpClient http)
    {
        public Task<string> Get() => http.GetStringAsync("/traced-work");
    }

    [Fact]
    public async Task A_call_through_two_services_is_one_trace_with_the_right_parents()
    {
        var spans = new ConcurrentBag<JsonElement>();
        await using var zipkin = await TestApp.StartAsync(map: routes => routes.MapPost("/api/v2/spans", async (HttpRequest request) =>
        {
            foreach (var span in (await JsonSerializer.DeserializeAsync<JsonElement>(request.Body)).EnumerateArray()) spans.Add(span);
        }));
        var tracing = new Dictionary<string, string> { ["Tracing:Zipkin:Endpoint"] = $"{zipkin.Address}api/v2/spans", ["Tracing:ExportDelay"] = "00:00:00.100" };
        await using var stall = await TestApp.StartAsync(map: routes => routes.MapGet("/traced-work", () => "done"), settings: tracing, name: "stall-service");
        await using var caller = await TestApp.StartAsync(
            builder => builder.AddServiceClient<StallClient>("stall-service"),
            routes => routes.MapGet("/traced-call", (StallClient client) => client.Get()),
            new(tracing) { ["Services:stall-service:http:0"] = stall.Address.ToString() },
            "caller-service");

        // Other tests' services run in this process, too, and their spans come along: only those of a trace begun here count.
        using var trace = new Activity("test") { ActivityTraceFlags = ActivityTraceFlags.Recorded }.Start();
        await caller.Client.GetAsync("/health/ready");
        await caller.Client.GetAsync("/metrics");
        (await caller.Client.GetStringAsync("/traced-call")).ShouldBe("done");

        await Eventually.Is(() => Server("/traced-call") is not null && Server("/traced-work") is not null && Spans().Any(span => Is(span, "id", Server("/traced-work"), "parentId")));
        var call = Spans().First(span => Is(span, "id", Server("/traced-work"), "parentId"));
        call.GetProperty("kind").GetString().ShouldBe("CLIENT");
        Is(call, "parentId", Server("/traced-call"), "id").ShouldBeTrue();
        Spans().ShouldAllBe(span => !Path(span).StartsWith("/health", StringComparison.Ordinal) && !Path(span).StartsWith("/metrics", StringComparison.Ordinal));

        IEnumerable<JsonElement> Spans() => spans.Where(span => span.GetProperty("traceId").GetString() == $"{trace.TraceId}");

        JsonElement? Server(string path) => Spans().Where(span => Path(span) == path && span.GetProperty("kind").GetString() == "SERVER").Select(span => (JsonElement?)span).FirstOrDefault();
    }

    static bool Is(JsonElement span, string id, JsonElement? other, string otherId) =>
        other is not null && span.TryGetProperty(id, out var one) && other.Value.TryGetProperty(otherId, out var two) && one.GetString() == two.GetString();

    [Fact]
    public async Task Metrics_have_the_names_of_OpenTelemetry_in_the_form_of_Prometheus()
    {
        await using var app = await TestApp.StartAsync(map: routes => routes.MapGet("/measured", () => "done"));
        await app.Client.GetAsync("/measured");

        await Eventually.Is(async () => (await app.Client.GetStringAsync("/metrics"))
            .Split('\n').Any(line => line.StartsWith("http_server_request_duration_seconds_count", StringComparison.Ordinal) && line.Contains("http_route=\"/measured\"", StringComparison.Ordinal)));
        (await app.Client.GetStringAsync("/metrics")).ShouldContain("dotnet_process_memory_working_set");
    }

    [Fact]
    public async Task A_process_writes_one_JSON_object_a_line_with_the_trace_and_leaves_with_code_0()
    {
        await using var registry = await ServiceProcess.StartAsync("Registry");
        var problem = await (await registry.Client.GetAsync("/nothing")).Content.ReadFromJsonAsync<JsonElement>();

        (await registry.StopAsync()).ShouldBe(0);
        await Eventually.Is(() => registry.Logs.Any(line => line.Contains("shutting down", StringComparison.Ordinal))); // its last words may be read after its end

        var lines = registry.Logs.Select(line => JsonDocument.Parse(line).RootElement).ToList();
        lines.ShouldAllBe(line => line.GetProperty("@t").GetDateTimeOffset().Offset == TimeSpan.Zero && line.GetProperty("@m").GetString()!.Length > 0);
        var answered = lines.Single(line => line.GetProperty("@m").GetString()!.Contains("/nothing", StringComparison.Ordinal));
        answered.GetProperty("@tr").GetString().ShouldBe(problem.GetProperty("traceId").GetString());
        answered.GetProperty("StatusCode").GetInt32().ShouldBe(404);
        registry.Logs.ShouldNotContain(line => line.Contains("/health", StringComparison.Ordinal)); // it was probed, silently
        lines[^1].GetProperty("@m").GetString()!.ShouldContain("shutting down");
    }

    static string Path(JsonElement span) => span.TryGetProperty("tags", out var tags) && tags.TryGetProperty("url.path", out var path) ? path.GetString()! : "";
}
