using System.Net.Http.Headers;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Kampung.Gateway;

/// <summary>What a request from outside looks like inside: its path without <c>/api</c> or <c>/api/services/NAME</c>, or as it is under <c>/identity</c>, and only headers that an outsider may set.</summary>
static class OutsideWorld
{
    /// <summary>The outside path of a resource is this and its path inside.</summary>
    public const string Prefix = "/api";

    /// <summary>What every service has, such as its dead letters, is told apart outside by the service's name after this.</summary>
    public const string Services = $"{Prefix}/services";

    /// <summary>identity-service's public address. It writes its own links and cookies, so it is asked by this path and answers with it.</summary>
    public const string Identity = "/identity";

    // Headers by which a caller could claim to be a proxy, another user or another method.
    static readonly string[] Untrusted =
    [
        "Forwarded", "X-Forwarded", "X-Original-", "X-Rewrite-", "X-Real-", "X-Client-", "X-Cluster-Client-", "True-Client-", "CF-",
        "X-User-", "X-Remote-", "Remote-", "X-Auth", "X-HTTP-Method", "X-Method-Override", "X-Content-Length",
    ];

    public static void Describe(TransformBuilderContext route)
    {
        route.AddRequestTransform(context =>
        {
            DropUntrusted(context.HttpContext.Request, context.ProxyRequest.Headers);
            return ValueTask.CompletedTask;
        });
        var prefix = PrefixOf(route.Route.Match.Path!);
        if (prefix != Identity) route.AddPathRemovePrefix(prefix);
        route.UseDefaultForwarders = false;
        route.AddXForwardedFor(action: ForwardedTransformActions.Set);
        route.AddXForwardedHost(action: ForwardedTransformActions.Set);
        route.AddXForwardedProto(action: ForwardedTransformActions.Set);
        route.AddRequestHeader("X-Forwarded-Prefix", prefix, append: false);
        route.AddResponseTransform(context =>
        {
            if (prefix != Identity) PointOutside(context.HttpContext.Response.Headers, prefix);
            context.HttpContext.Response.Headers.Remove("Server");
            return ValueTask.CompletedTask;
        });
    }

    /// <summary>The path inside of a path outside.</summary>
    public static string Inside(string path) => IsUnder(Prefix, path) ? path[PrefixOf(path).Length..] : path;

    /// <summary>The same in the OpenAPI document of the service: identity-service is asked by the path outside, and its document begins below that.</summary>
    public static string InDocument(string path) => IsUnder(Identity, path) ? path[Identity.Length..] : Inside(path);

    static string PrefixOf(string path) =>
        IsUnder(Identity, path) ? Identity
        : IsUnder(Services, path) && path.IndexOf('/', Services.Length + 1) is > 0 and var end ? path[..end]
        : Prefix;

    public static bool IsUnder(string prefix, string path) => path.StartsWith($"{prefix}/", StringComparison.Ordinal);

    // A service that does not heed X-Forwarded-Prefix names a place of its own; outside it has another address.
    static void PointOutside(IHeaderDictionary answer, string prefix)
    {
        if (answer.Location.ToString() is { Length: > 0 } place && place.StartsWith('/') && !place.StartsWith($"{Prefix}/", StringComparison.Ordinal))
            answer.Location = prefix + place;
    }

    // Some servers take X_User_Id for X-User-Id.
    static bool IsUntrusted(string name)
    {
        var dashed = name.Replace('_', '-');
        foreach (var start in Untrusted)
            if (dashed.StartsWith(start, StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }

    static void DropUntrusted(HttpRequest outside, HttpRequestHeaders inside)
    {
        List<string>? dropped = null;
        foreach (var header in inside.NonValidated)
            if (IsUntrusted(header.Key)) (dropped ??= []).Add(header.Key);
        // RFC 9110, 7.6.1: whatever Connection names ends at this hop; YARP drops the well-known ones only. (Of one that also says close or keep-alive, Kestrel shows no more.)
        if (outside.Headers.Connection is { Count: > 0 } connection)
            (dropped ??= []).AddRange(connection.SelectMany(value => value!.Split(',', StringSplitOptions.TrimEntries)));
        foreach (var name in dropped ?? [])
            if (inside.NonValidated.Contains(name)) // false for what is no name of a request's header; Remove throws
                inside.Remove(name);
    }
}
