namespace Kampung.Identity.Keys;

/// <summary>A key's times: it signs from one moment on, until the next one does.</summary>
public sealed record KeyTimes(string Id, DateTimeOffset SignsFrom);

/// <summary>Which key does what at a moment.</summary>
/// <param name="keys">In the order in which they sign.</param>
/// <param name="lifetime">How long one signs.</param>
/// <param name="announcement">How long it is published before.</param>
/// <param name="longestToken">How long it is published after: the life of the longest token that it may have signed.</param>
public sealed class KeyPlan(IReadOnlyList<KeyTimes> keys, TimeSpan lifetime, TimeSpan announcement, TimeSpan longestToken)
{
    /// <summary>The one that signs; the first one if none is to sign yet.</summary>
    public KeyTimes Signing(DateTimeOffset now) => keys.LastOrDefault(key => key.SignsFrom <= now) ?? keys[0];

    /// <summary>Those in the key set: the one that signs, those that will, and those whose last token has not expired.</summary>
    public IEnumerable<KeyTimes> Published(DateTimeOffset now) =>
        keys.Where((key, i) => i == keys.Count - 1 || keys[i + 1].SignsFrom + longestToken > now);

    /// <summary>When the next key must begin to sign if it is to be announced now; null when it is not time yet.</summary>
    public DateTimeOffset? Due(DateTimeOffset now)
    {
        if (keys.Count == 0) return now;
        var next = keys[^1].SignsFrom + lifetime;
        if (next - announcement > now) return null;
        // Nobody looked in time: it is announced all the same.
        return next > now + announcement ? next : now + announcement;
    }
}
