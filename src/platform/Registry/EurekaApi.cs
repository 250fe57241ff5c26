using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml;
using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;

namespace Kampung.Registry;

/// <summary>Netflix Eureka's REST operations: https://github.com/Netflix/eureka/wiki/Eureka-REST-operations.</summary>
static class EurekaApi
{
    // Differs in each life of the process, so that no answer of an earlier one counts as unchanged.
    static readonly string Epoch = Guid.CreateVersion7().ToString("N");

    public static void MapEureka(this WebApplication app, string prefix)
    {
        // Eureka's clients take a 404 without a body as "register again", and stumble over one with a body.
        var eureka = app.MapGroup(prefix).WithMetadata(new SkipStatusCodePagesAttribute());

        var questions = eureka.MapGroup("").AddEndpointFilter(WhenWarm);
        questions.MapGet("/apps", All);
        questions.MapGet("/apps/delta", (HttpContext http, InstanceRegistry registry) => Answer(http, registry.Current.Delta));
        questions.MapGet("/apps/{app}", (string app, HttpContext http, InstanceRegistry registry) => Answer(http, registry.Current.App(app)));
        questions.MapGet("/apps/{app}/{id}", (string app, string id, HttpContext http, InstanceRegistry registry) =>
            Answer(http, AsDocument(registry.Current.Find(app, Unescape(id)))));
        questions.MapGet("/instances/{id}", (string id, HttpContext http, InstanceRegistry registry) => Answer(http, AsDocument(registry.Current.Find(Unescape(id)))));
        questions.MapGet("/vips/{vip}", (string vip, HttpContext http, InstanceRegistry registry) => Answer(http, registry.Current.Vip(vip)));
        questions.MapGet("/svips/{vip}", (string vip, HttpContext http, InstanceRegistry registry) => Answer(http, registry.Current.SecureVip(vip)));

        eureka.MapPost("/apps/{app}", Register);
        eureka.MapPut("/apps/{app}/{id}", (string app, string id, string? status, long? lastDirtyTimestamp, InstanceRegistry registry) =>
            Found(registry.Renew(app, Unescape(id), status?.ToUpperInvariant(), lastDirtyTimestamp)));
        eureka.MapDelete("/apps/{app}/{id}", (string app, string id, InstanceRegistry registry) => Found(registry.Cancel(app, Unescape(id))));
        eureka.MapPut("/apps/{app}/{id}/status", (string app, string id, string value, long? lastDirtyTimestamp, InstanceRegistry registry) =>
            InstanceStatus.IsKnown(value.ToUpperInvariant())
                ? Found(registry.Override(app, Unescape(id), value.ToUpperInvariant(), lastDirtyTimestamp))
                : Problems.Validation("value", "is not a status that Eureka knows"));
        eureka.MapDelete("/apps/{app}/{id}/status", (string app, string id, string? value, long? lastDirtyTimestamp, InstanceRegistry registry) =>
            Found(registry.RemoveOverride(app, Unescape(id), value?.ToUpperInvariant(), lastDirtyTimestamp)));
        eureka.MapPut("/apps/{app}/{id}/metadata", (string app, string id, HttpContext http, InstanceRegistry registry) =>
            Found(registry.AddMetadata(app, Unescape(id), http.Request.Query.Select(entry => KeyValuePair.Create(entry.Key, entry.Value.ToString())))));
    }

    /// <summary>Netflix's server refuses as well while it knows nobody yet (with 403); clients take any refusal as "keep the list that you have".</summary>
    static ValueTask<object?> WhenWarm(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var left = context.HttpContext.RequestServices.GetRequiredService<InstanceRegistry>().WarmUpLeft;
        if (left <= TimeSpan.Zero) return next(context);
        context.HttpContext.Response.Headers.RetryAfter = Math.Ceiling(left.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return ValueTask.FromResult<object?>(Problems.Of(StatusCodes.Status503ServiceUnavailable, "warming-up", "The registry has just started and cannot know yet who is there."));
    }

    static IResult All(HttpContext http, InstanceRegistry registry)
    {
        // The tag is not in Netflix's protocol, and invisible to clients that do not ask. Our own poll every second, and mostly get a 304.
        var snapshot = registry.Current;
        var tag = $"\"{Epoch}-{snapshot.Version}\"";
        http.Response.Headers.ETag = tag;
        return http.Request.Headers.IfNoneMatch == tag ? Results.StatusCode(StatusCodes.Status304NotModified) : Answer(http, snapshot.All);
    }

    static async Task<IResult> Register(string app, HttpContext http, InstanceRegistry registry, CancellationToken ct)
    {
        Instance instance;
        try
        {
            instance = InstanceTree.Read(await ReadAsync(http.Request, ct));
        }
        catch (Exception e) when (e is JsonException or XmlException or FormatException or InvalidOperationException)
        {
            return Problems.BadRequest($"The instance cannot be read: {e.Message}");
        }
        if (!instance.App.Equals(app, StringComparison.OrdinalIgnoreCase))
            return Problems.BadRequest($"The instance belongs to {instance.App}, not to {app}.");
        registry.Register(instance);
        return Results.NoContent();
    }

    static async Task<JsonObject> ReadAsync(HttpRequest request, CancellationToken ct)
    {
        if (request.ContentType?.Contains("xml", StringComparison.OrdinalIgnoreCase) == true) return await Xml.ReadAsync(request.Body, ct);
        var root = await JsonSerializer.DeserializeAsync<JsonObject>(request.Body, cancellationToken: ct);
        return root?["instance"] as JsonObject ?? throw new FormatException("there is no \"instance\".");
    }

    static Document? AsDocument(Instance? instance) => instance is null ? null : new Document("instance", InstanceTree.Write(instance));

    // An id may have a slash, which stays percent-encoded in a path's segment.
    static string Unescape(string id) => id.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase);

    static IResult Found(bool found) => found ? Results.Ok() : Results.NotFound();

    static IResult Answer(HttpContext http, Document? document)
    {
        if (document is null) return Results.NotFound();
        http.Response.Headers.Vary = HeaderNames.Accept;
        return http.Request.Headers.Accept.ToString().Contains("json", StringComparison.OrdinalIgnoreCase)
            ? Results.Bytes(document.Json, "application/json")
            : Results.Bytes(document.Xml, "application/xml");
    }
}
