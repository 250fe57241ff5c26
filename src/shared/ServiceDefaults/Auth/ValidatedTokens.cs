using System.Collections.Concurrent;

namespace Kampung.ServiceDefaults.Auth;

/// <summary>
/// Tokens that were found good lately, so that a busy client does not cost a signature check a request. Bounded: when the young ones are half of what may be kept,
/// they become the old ones, and the old ones that nobody asked for meanwhile are forgotten.
/// </summary>
sealed class ValidatedTokens(AuthOptions options, TimeProvider time)
{
    sealed record Entry(ValidatedToken Token, DateTimeOffset Until);

    readonly Lock turning = new();
    readonly int half = Math.Max(1, options.RememberedTokens / 2);
    volatile ConcurrentDictionary<string, Entry> young = new(StringComparer.Ordinal), old = new(StringComparer.Ordinal);

    /// <returns>Null when it is not known, or has to be checked again.</returns>
    public ValidatedToken? Find(string token)
    {
        var entry = young.GetValueOrDefault(token);
        if (entry is null && (entry = old.GetValueOrDefault(token)) is not null) Put(token, entry);
        return entry is not null && time.GetUtcNow() < entry.Until ? entry.Token : null;
    }

    public void Add(string token, ValidatedToken validated) => Put(token, new(validated, time.GetUtcNow() + options.Remembered));

    public void Clear()
    {
        lock (turning) (young, old) = (new(StringComparer.Ordinal), new(StringComparer.Ordinal));
    }

    void Put(string token, Entry entry)
    {
        if (options.RememberedTokens <= 0) return;
        if (young.Count >= half)
            lock (turning)
                if (young.Count >= half) (old, young) = (young, new(StringComparer.Ordinal));
        young[token] = entry;
    }
}
