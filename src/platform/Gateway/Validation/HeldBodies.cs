using System.Diagnostics.Metrics;
using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Gateway.Validation;

/// <summary>
/// Bodies that are held in memory to be checked: each has its time to arrive, and all together have a budget of bytes. What has not arrived counts for nothing, so that
/// announcing large bodies takes no room from others.
/// </summary>
sealed class HeldBodies
{
    const string RetryAfter = "2";

    readonly RouteTable table;
    long held;

    public HeldBodies(RouteTable table, IMeterFactory metrics)
    {
        this.table = table;
        metrics.Create("Kampung.Gateway").CreateObservableGauge("kampung.gateway.bodies", () => Interlocked.Read(ref held), description: "What the bodies that are held take, in bytes");
    }

    /// <summary>Reads the request's body to its end, and counts it until the request is over.</summary>
    /// <returns>The body, or why there is none.</returns>
    public async ValueTask<(MemoryStream Body, ProblemHttpResult? Problem)> ReadAsync(HttpContext http)
    {
        var settings = table.Settings.Validation;
        // Kestrel ends a body that is larger than it may be with a 413 of its own.
        var body = new MemoryStream((int)Math.Min(http.Request.ContentLength ?? 0, 64 * 1024));
        var reader = http.Request.BodyReader;
        var share = new Share(this);
        http.Response.RegisterForDispose(share);
        using var time = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        time.CancelAfter(settings.BodyTime);
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync(time.Token);
                if (!share.Add(read.Buffer.Length, settings.BodyBytes))
                {
                    reader.AdvanceTo(read.Buffer.Start);
                    http.Response.Headers.RetryAfter = RetryAfter;
                    return (body, Refused(http, Problems.Of(StatusCodes.Status503ServiceUnavailable, "Too many bodies are being read. Nothing was changed; try again.")));
                }
                foreach (var segment in read.Buffer) body.Write(segment.Span);
                reader.AdvanceTo(read.Buffer.End);
                if (read.IsCompleted) break;
            }
        }
        catch (OperationCanceledException) when (!http.RequestAborted.IsCancellationRequested)
        {
            return (body, Refused(http, Problems.Of(StatusCodes.Status408RequestTimeout, $"The body did not arrive within {settings.BodyTime.TotalSeconds:0} s.")));
        }
        body.Position = 0;
        return (body, null);
    }

    // The rest of the body is not worth reading.
    static ProblemHttpResult Refused(HttpContext http, ProblemHttpResult problem)
    {
        http.Response.Headers.Connection = "close";
        return problem;
    }

    sealed class Share(HeldBodies all) : IDisposable
    {
        long taken;

        public bool Add(long bytes, long room)
        {
            taken += bytes;
            return Interlocked.Add(ref all.held, bytes) <= room;
        }

        public void Dispose()
        {
            Interlocked.Add(ref all.held, -taken);
            taken = 0;
        }
    }
}
