using System.Text.Json;
using Kampung.Gateway.Caching;
using Microsoft.Extensions.Primitives;
using StackExchange.Redis;

namespace Kampung.Gateway.Sharing;

/// <summary>
/// Answers that one instance was given and any other may give again, in Redis. Each is kept with the number of times that everything was forgotten before its service was
/// asked; one more, and it counts no longer. Redis wants a <c>maxmemory</c>: what is kept there is bounded by its time only.
/// </summary>
sealed class SharedAnswers(SharedRedis redis)
{
    static readonly RedisKey Forgotten = "kampung:gateway:cache:forgotten";
    static readonly RedisChannel Channel = RedisChannel.Literal("kampung:gateway:cache:forget");

    /// <summary>Calls <paramref name="forget"/> when another instance forgets, and when it may have done so unheard.</summary>
    public void OnForget(Action forget)
    {
        var listening = false;
        redis.Came += async () =>
        {
            if (!listening) await redis.Listen(Channel, forget);
            listening = true;
            forget();
            await Forget();
        };
    }

    /// <returns>The answer, if there is one that counts, and what to keep another one with; null: Redis does not answer.</returns>
    public async ValueTask<(CachedAnswer? Answer, long? AsOf)> Find(string key)
    {
        var (answered, values) = await redis.Ask(database => database.StringGetAsync([Forgotten, KeyOf(key)]));
        if (!answered) return default;
        var forgotten = (long)values![0];
        return (values[1].HasValue && JsonSerializer.Deserialize<Kept>((byte[])values[1]!) is { } kept && kept.AsOf == forgotten ? kept.ToAnswer() : null, forgotten);
    }

    public async Task Keep(string key, CachedAnswer answer, long asOf, TimeSpan lifetime) =>
        await redis.Ask(database => database.StringSetAsync(KeyOf(key), JsonSerializer.SerializeToUtf8Bytes(Kept.Of(answer, asOf)), lifetime));

    /// <summary>Everything, at every instance.</summary>
    public async Task Forget()
    {
        if (redis.IsThere) await redis.Ask(async database =>
        {
            await database.StringIncrementAsync(Forgotten);
            return await database.PublishAsync(Channel, RedisValue.EmptyString);
        });
    }

    static RedisKey KeyOf(string key) => $"kampung:gateway:cache:{key}";

    sealed record Kept(byte[] Body, Dictionary<string, string?[]> Headers, string ETag, string CacheControl, DateTimeOffset StoredAt, long AsOf)
    {
        public static Kept Of(CachedAnswer answer, long asOf) =>
            new(answer.Body, answer.Headers.ToDictionary(header => header.Key, header => header.Value.ToArray()), answer.ETag, answer.CacheControl, answer.StoredAt, asOf);

        public CachedAnswer ToAnswer() => new(Body, [.. Headers.Select(header => KeyValuePair.Create(header.Key, new StringValues(header.Value)))], ETag, CacheControl, StoredAt);
    }
}
