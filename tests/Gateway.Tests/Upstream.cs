using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace Kampung.Gateway.Tests;

/// <summary>What an upstream service was asked.</summary>
/// <param name="Body">Its beginning.</param>
public sealed record Asked(string Method, string Target, IReadOnlyDictionary<string, string> Headers, long BodyBytes, string Body);

/// <summary>
/// A service that somebody else runs behind the gateway. It notes what it was asked, and the header X-Test tells it how to misbehave:
/// <c>cut</c>, <c>cut-body</c>, <c>hang</c>, <c>events</c>, <c>endless</c>, or a status code.
/// </summary>
public sealed class Upstream : IAsyncDisposable
{
    readonly WebApplication app;
    readonly ConcurrentQueue<Asked> asked = new();
    int left;

    Upstream(WebApplication app) => this.app = app;

    public string Address => app.Urls.Single();

    /// <summary>The environment of a gateway that finds every service here.</summary>
    public Dictionary<string, string?> AsEveryService() =>
        new[] { "customer", "product", "inventory", "order", "payment", "kitchen", "delivery", "notification", "identity" }
            .ToDictionary(service => $"Services__{service}-service__http__0", string? (_) => Address);

    public IReadOnlyList<Asked> Asked => [.. asked];

    /// <summary>What it answers when it is not told to misbehave.</summary>
    public string Answer { get; set; } = "answered";

    /// <summary>Whether it says that it can serve.</summary>
    public bool IsReady { get; set; } = true;

    /// <summary>Whether it breaks off instead of answering.</summary>
    public bool Cuts { get; set; }

    /// <summary>How many left before the end of their stream.</summary>
    public int Left => left;

    /// <summary>JSON that it answers, by path and query.</summary>
    public ConcurrentDictionary<string, string> Answers { get; } = new();

    /// <summary>Lets the stream of <c>events</c> go on after its first one.</summary>
    public TaskCompletionSource GoOn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static async Task<Upstream> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.Limits.MaxRequestBodySize = null;
        });
        var app = builder.Build();
        var upstream = new Upstream(app);
        app.Run(upstream.AnswerAsync);
        await app.StartAsync();
        return upstream;
    }

    async Task AnswerAsync(HttpContext http)
    {
        var bytes = 0L;
        var buffer = new byte[64 * 1024];
        var body = "";
        while (await http.Request.Body.ReadAsync(buffer) is var read and > 0)
        {
            if (bytes == 0) body = Encoding.UTF8.GetString(buffer, 0, read);
            bytes += read;
        }
        if (http.Request.Path == "/health/ready")
        {
            http.Response.StatusCode = IsReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
            return;
        }
        var target = http.Features.Get<IHttpRequestFeature>()!.RawTarget;
        asked.Enqueue(new Asked(http.Request.Method, target, http.Request.Headers.ToDictionary(
            header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase), bytes, body));

        if (Cuts)
        {
            http.Abort();
            return;
        }
        switch (http.Request.Headers["X-Test"].ToString())
        {
            case "cut":
                http.Abort();
                break;
            case "cut-body":
                http.Response.ContentLength = 1000;
                await http.Response.WriteAsync("the beginning");
                await http.Response.Body.FlushAsync();
                http.Abort();
                break;
            case "hang":
                await Task.Delay(Timeout.Infinite, http.RequestAborted);
                break;
            case "events":
                http.Response.ContentType = "text/event-stream";
                await http.Response.WriteAsync("id: 1\ndata: placed\n\n");
                await http.Response.Body.FlushAsync();
                await UntilLeft(http, GoOn.Task.WaitAsync(http.RequestAborted));
                await http.Response.WriteAsync("id: 2\ndata: confirmed\n\n");
                break;
            case "endless":
                await UntilLeft(http, WriteOnAsync(http));
                break;
            case "private":
                http.Response.Headers.CacheControl = "private";
                await http.Response.WriteAsync(Answer);
                break;
            case "cookie":
                http.Response.Cookies.Append("who", "me");
                await http.Response.WriteAsync(Answer);
                break;
            case "large":
                await http.Response.Body.WriteAsync(new byte[2 * 1024 * 1024]);
                break;
            case "wait":
                await GoOn.Task;
                await http.Response.WriteAsync(Answer);
                break;
            case { Length: 3 } status:
                http.Response.StatusCode = int.Parse(status);
                http.Response.ContentType = "application/problem+json";
                await http.Response.WriteAsync("""{"type":"https://kampung.dev/problems/its-own"}""");
                break;
            case var _ when Answers.TryGetValue(target, out var json):
                http.Response.ContentType = "application/json";
                await http.Response.WriteAsync(json);
                break;
            default:
                http.Response.Headers.Location = "/products/1";
                http.Response.Headers["Keep-Alive"] = "timeout=5";
                await http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(Answer));
                break;
        }
    }

    static async Task WriteOnAsync(HttpContext http)
    {
        while (!http.RequestAborted.IsCancellationRequested) await http.Response.Body.WriteAsync(new byte[64 * 1024], http.RequestAborted);
    }

    async Task UntilLeft(HttpContext http, Task streaming)
    {
        try
        {
            await streaming;
        }
        finally
        {
            if (http.RequestAborted.IsCancellationRequested) Interlocked.Increment(ref left);
        }
    }

    public ValueTask DisposeAsync()
    {
        GoOn.TrySetResult();
        return app.DisposeAsync();
    }
}
