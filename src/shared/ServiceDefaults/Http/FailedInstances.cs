using System.Collections.Concurrent;

namespace Kampung.ServiceDefaults.Http;

/// <summary>Instances that lately refused a connection: not asked again for a while, as long as there are others.</summary>
sealed class FailedInstances(TimeProvider time)
{
    static readonly TimeSpan Avoided = TimeSpan.FromSeconds(5);

    readonly ConcurrentDictionary<string, DateTimeOffset> until = new();

    public void Add(string authority) => until[authority] = time.GetUtcNow() + Avoided;

    public bool Contains(string authority)
    {
        if (!until.TryGetValue(authority, out var end)) return false;
        if (time.GetUtcNow() < end) return true;
        until.TryRemove(new(authority, end));
        return false;
    }
}
