using Yarp.ReverseProxy.Configuration;

namespace Kampung.Gateway;

/// <summary>What <c>GET /</c> answers: what this is, and what can be asked of it.</summary>
sealed record ApiIndex(string Name, string Description, IReadOnlyList<ApiIndex.Resource> Resources)
{
    public sealed record Resource(string Path, IReadOnlyList<string> Methods);

    public static ApiIndex Of(IEnumerable<RouteConfig> routes) => new(
        "Kampung", "An online marketplace of many small stalls. This is its only door.",
        [.. routes.GroupBy(route => route.Match.Path!)
            .OrderBy(path => path.Key, StringComparer.Ordinal)
            .Select(path => new Resource(path.Key, [.. path.SelectMany(route => route.Match.Methods!).Order()]))]);
}
