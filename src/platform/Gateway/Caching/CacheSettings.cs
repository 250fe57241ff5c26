namespace Kampung.Gateway.Caching;

/// <summary>The section <c>Gateway:Cache</c>. Which answers are kept, and how long, is said by a route's <c>Metadata</c>.</summary>
sealed record CacheSettings
{
    public bool Enabled { get; init; } = true;

    /// <summary>What all kept answers may take together, in bytes; read at start.</summary>
    public long Size { get; init; } = 64 * 1024 * 1024;

    public IEnumerable<string> Mistakes() => Size < 0 ? ["Gateway:Cache:Size must not be negative"] : [];
}
