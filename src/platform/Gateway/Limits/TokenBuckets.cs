namespace Kampung.Gateway.Limits;

/// <summary>Whose bucket it is. An IPv6 client can choose among 2^64 addresses of its network, so the network counts.</summary>
readonly record struct ClientKey(BudgetKind Budget, UInt128 Address, string? Subject);

/// <summary>What a bucket says to one request.</summary>
/// <param name="Remaining">Requests that would still be let through now.</param>
/// <param name="Wait">Until one would be let through again; zero for a request that was.</param>
/// <param name="Full">Until the bucket is full again.</param>
readonly record struct Taken(bool Allowed, int Remaining, TimeSpan Wait, TimeSpan Full);

/// <summary>
/// The token buckets of all clients, in shards with a lock each. A bucket is one number, the time at which it will be full again (the generic cell rate
/// algorithm, ITU-T I.371): nothing runs in the background, and a budget that changes holds from the next request on. When all places are taken, a new client
/// gets the place of the fullest bucket of a few: an idle client loses nothing by that, and one that is refused stays refused.
/// </summary>
sealed class TokenBuckets
{
    const int Shards = 64, Looked = 8;

    readonly TimeProvider time;
    readonly Shard[] shards;

    public TokenBuckets(int clients, TimeProvider time)
    {
        this.time = time;
        Clients = clients;
        shards = [.. Enumerable.Range(0, Math.Min(Shards, clients)).Select(_ => new Shard())];
        var each = clients / shards.Length;
        foreach (var shard in shards) shard.Capacity = each;
    }

    /// <summary>How many clients have a place at most.</summary>
    public int Clients { get; }

    /// <summary>How many have one.</summary>
    public int Count => shards.Sum(shard => shard.Count);

    public Taken Take(ClientKey client, Budget budget)
    {
        var second = time.TimestampFrequency;
        var now = time.GetTimestamp();
        var cost = (long)(second / budget.Rate);
        var room = (long)(second / budget.Rate * budget.Burst);
        var shard = shards[(uint)client.GetHashCode() % (uint)shards.Length];
        long fullAt;
        bool allowed;
        lock (shard)
        {
            ref var place = ref shard.PlaceOf(client, now);
            // A budget that was cut in the meantime takes no more than one empty bucket.
            fullAt = Math.Clamp(place, now, now + room);
            allowed = fullAt + cost - now <= room;
            place = fullAt = allowed ? fullAt + cost : fullAt;
        }
        return new(
            allowed, (int)((room - (fullAt - now)) / Math.Max(1, cost)),
            allowed ? TimeSpan.Zero : Seconds(fullAt + cost - now - room), Seconds(fullAt - now));

        TimeSpan Seconds(long timestamp) => TimeSpan.FromSeconds((double)timestamp / second);
    }

    sealed class Shard
    {
        readonly Dictionary<ClientKey, int> places = [];
        ClientKey[] clients = [];
        long[] fullAt = [];
        int hand;

        public int Capacity { get; set; }

        public int Count => places.Count;

        /// <summary>When the client's bucket is full; a new one's is full now.</summary>
        public ref long PlaceOf(ClientKey client, long now)
        {
            if (places.TryGetValue(client, out var place))
                return ref fullAt[place];
            place = places.Count < Capacity ? NextPlace() : Fullest();
            places[client] = place;
            clients[place] = client;
            fullAt[place] = now;
            return ref fullAt[place];
        }

        int NextPlace()
        {
            if (places.Count == clients.Length)
            {
                var length = Math.Min(Capacity, Math.Max(16, clients.Length * 2));
                Array.Resize(ref clients, length);
                Array.Resize(ref fullAt, length);
            }
            return places.Count;
        }

        int Fullest()
        {
            var fullest = hand;
            for (var i = 0; i < Looked; i++)
            {
                hand = (hand + 1) % Capacity;
                if (fullAt[hand] < fullAt[fullest]) fullest = hand;
            }
            places.Remove(clients[fullest]);
            return fullest;
        }
    }
}
