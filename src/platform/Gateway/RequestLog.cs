using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Threading.Channels;

namespace Kampung.Gateway;

/// <summary>
/// One JSON line a request, in the form of the other logs: trace id, method, path without its query, where secrets may be, status, time and who asked. The lines are
/// written many at a time, beside the logger; when nobody takes them quickly enough, some are left out and counted rather than requests held up.
/// </summary>
sealed class RequestLog(RouteTable table) : BackgroundService
{
    const int Waiting = 50_000, AtOnce = 2_000;
    static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(50);
    static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    readonly Channel<Line> lines = Channel.CreateBounded<Line>(new BoundedChannelOptions(Waiting) { SingleReader = true });
    long leftOut;

    readonly record struct Line(DateTimeOffset At, ActivityTraceId Trace, string Method, string? Path, int Status, TimeSpan Elapsed, IPAddress? Client, string? Subject);

    public async Task Write(HttpContext http, RequestDelegate next)
    {
        var path = http.Request.Path;
        if (!table.Settings.RequestLog.Enabled || path.StartsWithSegments("/health") || path.StartsWithSegments("/metrics"))
        {
            await next(http);
            return;
        }
        var start = Stopwatch.GetTimestamp();
        // The path that was asked for: what follows may change it.
        var asked = path.Value;
        try
        {
            await next(http);
        }
        finally
        {
            var line = new Line(
                DateTimeOffset.UtcNow, Activity.Current?.TraceId ?? default, http.Request.Method, asked, http.Response.StatusCode, Stopwatch.GetElapsedTime(start),
                http.Connection.RemoteIpAddress, http.User.FindFirst("sub")?.Value);
            if (!lines.Writer.TryWrite(line)) Interlocked.Increment(ref leftOut);
        }
    }

    public override Task StopAsync(CancellationToken cancellationToken)
    {
        lines.Writer.TryComplete();
        return ExecuteTask ?? Task.CompletedTask;
    }

    // Until the last line is written: the token would leave some behind.
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var output = Console.OpenStandardOutput();
        var buffer = new ArrayBufferWriter<byte>(64 * 1024);
        using var json = new Utf8JsonWriter(buffer, Json);
        while (await lines.Reader.WaitToReadAsync(CancellationToken.None))
        {
            buffer.ResetWrittenCount();
            for (var i = 0; i < AtOnce && lines.Reader.TryRead(out var line); i++) Format(line, json, buffer);
            if (Interlocked.Exchange(ref leftOut, 0) is > 0 and var count) FormatLeftOut(count, json, buffer);
            await output.WriteAsync(buffer.WrittenMemory, CancellationToken.None);
            if (lines.Reader.Count < AtOnce) await Task.WhenAny(Task.Delay(Gather, CancellationToken.None), lines.Reader.Completion);
        }
    }

    static void Format(in Line line, Utf8JsonWriter json, ArrayBufferWriter<byte> buffer)
    {
        json.Reset();
        json.WriteStartObject();
        json.WriteString("@t", line.At.UtcDateTime);
        var elapsed = Math.Round(line.Elapsed.TotalMilliseconds, 1);
        json.WriteString("@m", string.Create(CultureInfo.InvariantCulture, $"{line.Method} {line.Path} answered {line.Status} in {elapsed:0.0} ms"));
        if (line.Trace != default) json.WriteString("@tr", line.Trace.ToHexString());
        json.WriteString("Method", line.Method);
        json.WriteString("Path", line.Path);
        json.WriteNumber("StatusCode", line.Status);
        json.WriteNumber("Elapsed", elapsed);
        if (line.Client is { } client) json.WriteString("Client", (client.IsIPv4MappedToIPv6 ? client.MapToIPv4() : client).ToString());
        if (line.Subject is not null) json.WriteString("Subject", line.Subject);
        End(json, buffer);
    }

    static void FormatLeftOut(long count, Utf8JsonWriter json, ArrayBufferWriter<byte> buffer)
    {
        json.Reset();
        json.WriteStartObject();
        json.WriteString("@t", DateTime.UtcNow);
        json.WriteString("@m", string.Create(CultureInfo.InvariantCulture, $"{count} requests were left out of this log: nobody takes it quickly enough"));
        json.WriteString("@l", "Warning");
        End(json, buffer);
    }

    static void End(Utf8JsonWriter json, ArrayBufferWriter<byte> buffer)
    {
        json.WriteString("service", "gateway");
        json.WriteEndObject();
        json.Flush();
        buffer.Write("\n"u8);
    }
}

/// <summary>The section <c>Gateway:RequestLog</c>.</summary>
sealed record RequestLogSettings
{
    public bool Enabled { get; init; } = true;
}
