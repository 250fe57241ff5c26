using System.Security.Cryptography;
using System.Text;
using Kampung.Gateway.Limits;
using StackExchange.Redis;

namespace Kampung.Gateway.Sharing;

/// <summary>
/// The token buckets of all instances, in Redis: one key a bucket, the time at which it is full again, as in <see cref="TokenBuckets"/>. Whether there is one token
/// more is decided in one step by Redis's own clock; a full bucket has no key.
/// </summary>
sealed class SharedBuckets(SharedRedis redis)
{
    // Microseconds. They are whole numbers up to 2^53, which takes them to the year 2255.
    const string Take = """
        local time = redis.call('TIME')
        local now = time[1] * 1000000 + time[2]
        local cost, room = tonumber(ARGV[1]), tonumber(ARGV[2])
        local full = math.min(math.max(tonumber(redis.call('GET', KEYS[1]) or now), now), now + room)
        local allowed = full + cost - now <= room
        if allowed then
          full = full + cost
          redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000))
        end
        return { allowed and 1 or 0, full - now }
        """;

    const int LongestSubject = 64;

    public bool AreThere => redis.IsThere;

    /// <returns>Null when Redis does not answer.</returns>
    public async ValueTask<Taken?> TakeAsync(ClientKey client, Budget budget)
    {
        var cost = (long)(1_000_000 / budget.Rate);
        var room = (long)(1_000_000 / budget.Rate * budget.Burst);
        var (answered, answer) = await redis.Ask(database => database.ScriptEvaluateAsync(Take, [KeyOf(client)], [cost, room]));
        if (!answered) return null;
        var allowed = (long)answer![0] == 1;
        var used = (long)answer[1];
        return new(allowed, (int)((room - used) / Math.Max(1, cost)), allowed ? TimeSpan.Zero : TimeSpan.FromMicroseconds(used + cost - room), TimeSpan.FromMicroseconds(used));
    }

    static RedisKey KeyOf(ClientKey client) => $"kampung:gateway:limits:{client.Budget}:{client switch
    {
        { Subject: null } => $"{client.Address:x}",
        { Subject.Length: > LongestSubject } => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(client.Subject))),
        _ => $"sub:{client.Subject}",
    }}";
}
