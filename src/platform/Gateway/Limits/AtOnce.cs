using System.Collections.Concurrent;

namespace Kampung.Gateway.Limits;

/// <summary>Counts what each client holds at the same time. Who holds nothing is not remembered.</summary>
sealed class AtOnce<TClient> where TClient : notnull
{
    readonly ConcurrentDictionary<TClient, int> held = new();

    /// <summary>How many clients hold something.</summary>
    public int Clients => held.Count;

    /// <returns>Whether there was one left of <paramref name="limit"/>; then it must be given back.</returns>
    public bool TryTake(TClient client, int limit)
    {
        while (true)
        {
            if (!held.TryGetValue(client, out var count))
            {
                if (held.TryAdd(client, 1)) return true;
            }
            else if (count >= limit)
            {
                return false;
            }
            else if (held.TryUpdate(client, count + 1, count))
            {
                return true;
            }
        }
    }

    public void GiveBack(TClient client)
    {
        while (held.TryGetValue(client, out var count))
            if (count == 1 ? held.TryRemove(KeyValuePair.Create(client, count)) : held.TryUpdate(client, count - 1, count))
                return;
    }
}
