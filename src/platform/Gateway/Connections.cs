using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Kampung.Gateway;

/// <summary>The section <c>Gateway:Connections</c>, read at start: what one client may hold on to. The slow ones are sent away, whether they mean it or not.</summary>
sealed record Connections
{
    /// <summary>At once, from all clients together.</summary>
    public long AtOnce { get; init; } = 10_000;

    /// <summary>At once, from one address. Proxies that are trusted stand for many.</summary>
    public int PerAddress { get; init; } = 1_000;

    /// <summary>From the first byte of a request to the end of its headers.</summary>
    public TimeSpan HeadersTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Without a request.</summary>
    public TimeSpan IdleTime { get; init; } = TimeSpan.FromSeconds(130);

    /// <summary>
    /// A body that comes, or an answer that is taken, more slowly than this many bytes a second is broken off. Of an answer, what the network holds counts as taken later: who takes nothing
    /// at all is let go by the cluster's <c>ActivityTimeout</c>.
    /// </summary>
    public double SlowestRate { get; init; } = 240;

    /// <summary>After this time.</summary>
    public TimeSpan SlowestRateAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>All request headers together, in bytes.</summary>
    public int HeadersSize { get; init; } = 32 * 1024;

    public void Apply(KestrelServerLimits limits)
    {
        limits.MaxConcurrentConnections = AtOnce;
        limits.MaxConcurrentUpgradedConnections = 0;
        limits.RequestHeadersTimeout = HeadersTime;
        limits.KeepAliveTimeout = IdleTime;
        limits.MinRequestBodyDataRate = new(SlowestRate, SlowestRateAfter);
        limits.MinResponseDataRate = new(SlowestRate, SlowestRateAfter);
        limits.MaxRequestHeadersTotalSize = HeadersSize;
        limits.MaxRequestHeaderCount = 100;
    }

    public IEnumerable<string> Mistakes()
    {
        if (AtOnce < 1 || PerAddress < 1 || HeadersSize is < 1024 or > 1024 * 1024)
            yield return "Gateway:Connections: AtOnce and PerAddress must be at least 1, HeadersSize 1 KiB to 1 MiB";
        if (HeadersTime <= TimeSpan.Zero || IdleTime <= TimeSpan.Zero || SlowestRate <= 0 || SlowestRateAfter <= TimeSpan.FromSeconds(1))
            yield return "Gateway:Connections: times and rates must be positive, SlowestRateAfter more than a second";
    }
}
