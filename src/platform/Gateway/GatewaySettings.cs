using Kampung.Gateway.Caching;
using Kampung.Gateway.Limits;
using Kampung.Gateway.Validation;

namespace Kampung.Gateway;

/// <summary>The configuration section <c>Gateway</c>. It is checked together with the routes, and follows the configuration at runtime like them.</summary>
sealed record GatewaySettings
{
    public const string Section = "Gateway";

    /// <summary>How long the gate waits for every service to be found before it opens with those that are there; read at start.</summary>
    public TimeSpan StartupPatience { get; init; } = TimeSpan.FromSeconds(30);

    public LimitSettings Limits { get; init; } = new();

    public CacheSettings Cache { get; init; } = new();

    public CorsSettings Cors { get; init; } = new();

    public ValidationSettings Validation { get; init; } = new();

    public RequestLogSettings RequestLog { get; init; } = new();

    /// <summary>Proxies before the gateway: addresses and networks with blanks between them.</summary>
    public string TrustedProxies { get; init; } = "";

    /// <summary>One of the ports that the gateway listens on, which only the inside can reach: metrics and OpenAPI need no token there.</summary>
    public int? InsidePort { get; init; }

    public Connections Connections { get; init; } = new();

    public IEnumerable<string> Mistakes() =>
        [.. Limits.Mistakes(), .. Cache.Mistakes(), .. Cors.Mistakes(), .. Validation.Mistakes(), .. Connections.Mistakes(), .. Kampung.Gateway.TrustedProxies.Mistakes(TrustedProxies)];
}
