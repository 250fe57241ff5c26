using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Health;

namespace Kampung.Gateway;

/// <summary>
/// The allow-list: which method and path goes to which service, from the configuration section <c>ReverseProxy</c>, and the <see cref="GatewaySettings"/>.
/// Both follow the configuration at runtime. A change with a mistake in it is refused as a whole and the last good ones stay, also when instances come and go meanwhile.
/// </summary>
sealed class RouteTable : IProxyConfigProvider, IDisposable
{
    const string Section = "ReverseProxy";
    static readonly string[] KnownMethods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];

    readonly IConfiguration configuration;
    readonly IConfigValidator validator;
    readonly ILogger<RouteTable> log;
    readonly IDisposable subscription;
    readonly Lock changing = new();
    volatile Table current;

    /// <exception cref="InvalidOperationException">The first table is not usable: a gateway without routes must not start.</exception>
    public RouteTable(IConfiguration configuration, IConfigValidator validator, ILogger<RouteTable> log)
    {
        (this.configuration, this.validator, this.log) = (configuration, validator, log);
        current = Read(out var mistakes) ?? throw new InvalidOperationException($"The gateway's routes are not usable: {string.Join("; ", mistakes)}");
        log.LogInformation("{Routes} routes to {Clusters} clusters", current.Routes.Count, current.Clusters.Count);
        subscription = ChangeToken.OnChange(configuration.GetReloadToken, Reload);
    }

    /// <summary>The routes in force.</summary>
    public IReadOnlyList<RouteConfig> Routes => current.Routes;

    /// <summary>The section <c>Gateway</c> in force.</summary>
    public GatewaySettings Settings => current.Settings;

    public IProxyConfig GetConfig() => current;

    public void Dispose() => subscription.Dispose();

    void Reload()
    {
        lock (changing)
        {
            if (Read(out var mistakes) is not { } next)
            {
                log.LogError("Changed routes or settings refused, the last good ones stay: {Mistakes}", string.Join("; ", mistakes));
                return;
            }
            var last = current;
            if (next.Routes.SequenceEqual(last.Routes) && next.Clusters.SequenceEqual(last.Clusters))
            {
                if (next.Settings == last.Settings)
                    return;
                // YARP keeps the routes that it has, and with them its connections.
                current = last with { Settings = next.Settings };
                log.LogInformation("Settings changed: {Settings}", next.Settings);
                return;
            }
            current = next;
            log.LogInformation("Routes changed: {Routes} routes to {Clusters} clusters", next.Routes.Count, next.Clusters.Count);
            last.Replaced();
        }
    }

    Table? Read(out List<string> mistakes)
    {
        mistakes = [];
        RoutesAndClusters settings;
        GatewaySettings gateway;
        try
        {
            // A misspelt key would silently open a route to every method, so an unknown one is a mistake.
            settings = configuration.GetSection(Section).Get<RoutesAndClusters>(options => options.ErrorOnUnknownConfiguration = true) ?? new RoutesAndClusters();
            gateway = configuration.GetSection(GatewaySettings.Section).Get<GatewaySettings>(options => options.ErrorOnUnknownConfiguration = true) ?? new GatewaySettings();
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException or ArgumentException)
        {
            mistakes.Add(e.InnerException is null ? e.Message : $"{e.Message} {e.InnerException.Message}");
            return null;
        }

        var routes = settings.Routes.Select(route => route.Value with { RouteId = route.Key }).ToList();
        var named = routes.Select(route => route.ClusterId).OfType<string>().Except(settings.Clusters.Keys);
        var clusters = settings.Clusters.Select(cluster => Complete(cluster.Value with { ClusterId = cluster.Key }))
            .Concat(named.Select(name => Complete(new ClusterConfig { ClusterId = name }))).ToList();

        if (routes.Count == 0)
            mistakes.Add("there is none");
        foreach (var route in routes)
            mistakes.AddRange(MistakesIn(route).Concat(Validated(validator.ValidateRouteAsync(route))).Select(mistake => $"{route.RouteId}: {mistake}"));
        foreach (var cluster in clusters)
            mistakes.AddRange(Validated(validator.ValidateClusterAsync(cluster)).Select(mistake => $"{cluster.ClusterId}: {mistake}"));
        mistakes.AddRange(gateway.Mistakes());
        return mistakes.Count == 0 ? new Table(routes, clusters, gateway) : null;
    }

    static IEnumerable<string> MistakesIn(RouteConfig route)
    {
        if (route.ClusterId is null)
            yield return "it names no cluster";
        if (route.Match.Methods is not { Count: > 0 } methods || methods.Except(KnownMethods).Any())
            yield return $"its methods must be some of {string.Join(", ", KnownMethods)}";
        if (MistakeInRules(route) is { } mistake)
            yield return mistake;
        if (route.Match.Path is not { } path || !(OutsideWorld.IsUnder(OutsideWorld.Prefix, path) || OutsideWorld.IsUnder(OutsideWorld.Identity, path)))
        {
            yield return $"its path must begin with {OutsideWorld.Prefix}/ or {OutsideWorld.Identity}/";
            yield break;
        }
        RoutePattern? pattern = null;
        try
        {
            pattern = RoutePatternFactory.Parse(path);
        }
        catch (RoutePatternException)
        {
            // YARP's own validation says what is wrong with it
        }
        foreach (var parameter in pattern?.Parameters ?? [])
            if (parameter.IsCatchAll || parameter.ParameterPolicies.Count == 0)
                yield return $"its parameter {{{parameter.Name}}} lets anything through, such as a path to what is inside: constrain it";
    }

    static string? MistakeInRules(RouteConfig route)
    {
        try
        {
            RouteRules.Of(route);
            return null;
        }
        catch (FormatException e)
        {
            return e.Message;
        }
    }

    // The validator awaits nothing by itself: its answers are there.
    static IEnumerable<string> Validated(ValueTask<IList<Exception>> answer) => answer.AsTask().GetAwaiter().GetResult().Select(mistake => mistake.Message);

    /// <summary>What every cluster has unless the configuration says otherwise.</summary>
    static ClusterConfig Complete(ClusterConfig cluster) => cluster with
    {
        Destinations = cluster.Destinations ?? new Dictionary<string, DestinationConfig> { ["registry"] = new() { Address = $"http://{cluster.ClusterId}" } },
        LoadBalancingPolicy = cluster.LoadBalancingPolicy ?? Yarp.ReverseProxy.LoadBalancing.LoadBalancingPolicies.PowerOfTwoChoices,
        HttpRequest = cluster.HttpRequest ?? new ForwarderRequestConfig { ActivityTimeout = TimeSpan.FromSeconds(30) },
        HealthCheck = cluster.HealthCheck ?? new HealthCheckConfig
        {
            Passive = new PassiveHealthCheckConfig { Enabled = true, Policy = UnreachableInstances.PolicyName, ReactivationPeriod = TimeSpan.FromSeconds(5) },
            Active = new ActiveHealthCheckConfig
            {
                Enabled = true, Policy = HealthCheckConstants.ActivePolicy.ConsecutiveFailures, Path = "/health/ready",
                Interval = TimeSpan.FromSeconds(5), Timeout = TimeSpan.FromSeconds(2),
            },
            // When all look dead, trying one costs less than refusing everybody.
            AvailableDestinationsPolicy = HealthCheckConstants.AvailableDestinations.HealthyOrPanic,
        },
    };

    sealed record RoutesAndClusters
    {
        public Dictionary<string, RouteConfig> Routes { get; init; } = [];
        public Dictionary<string, ClusterConfig> Clusters { get; init; } = [];
    }

#pragma warning disable CA1001 // a source without a timer holds nothing that must be freed
    sealed record Table(IReadOnlyList<RouteConfig> Routes, IReadOnlyList<ClusterConfig> Clusters, GatewaySettings Settings) : IProxyConfig
#pragma warning restore CA1001
    {
        readonly CancellationTokenSource replaced = new();

        public IChangeToken ChangeToken => new CancellationChangeToken(replaced.Token);

        public void Replaced() => replaced.Cancel();
    }
}
