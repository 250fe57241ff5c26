using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Kampung.Gateway.Sharing;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Forwarder;

namespace Kampung.Gateway.Caching;

/// <summary>
/// Answers of routes with a cache time (<see cref="RouteRules.Cache"/>), given again until that time is over, a product changes, or somebody changes one
/// through this gateway. Those who ask for the same at the same time wait for one answer. What is kept is what nobody in particular was told: on a public
/// route the service is asked without saying who asks; on any other a request that says it passes by. <c>Cache-Status</c> (RFC 9211) tells what happened.
/// </summary>
sealed class OutputCache : IDisposable
{
    // By these an answer could become one person's, or a part of itself.
    static readonly string[] Personal = [HeaderNames.Authorization, HeaderNames.Cookie];
    static readonly string[] Conditional =
        [HeaderNames.IfNoneMatch, HeaderNames.IfModifiedSince, HeaderNames.IfMatch, HeaderNames.IfUnmodifiedSince, HeaderNames.IfRange, HeaderNames.Range];

    readonly RouteTable table;
    readonly SharedAnswers shared;
    readonly TimeProvider time;
    readonly MemoryCache answers;
    readonly ConcurrentDictionary<string, TaskCompletionSource<CachedAnswer?>> fills = new();
    readonly Counter<long> looked;
    long generation;

    public OutputCache(RouteTable table, SharedAnswers shared, IMeterFactory metrics, TimeProvider time)
    {
        (this.table, this.shared, this.time) = (table, shared, time);
        shared.OnForget(EmptyHere);
        answers = new MemoryCache(new MemoryCacheOptions { SizeLimit = table.Settings.Cache.Size, TrackStatistics = true });
        var meter = metrics.Create("Kampung.Gateway");
        looked = meter.CreateCounter<long>("kampung.gateway.cache", description: "Requests that the cache could answer, or not");
        meter.CreateObservableGauge("kampung.gateway.cache.size", () => answers.GetCurrentStatistics()!.CurrentEstimatedSize!.Value, description: "What is kept, in bytes");
    }

    public Task Serve(HttpContext http, RequestDelegate next)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<RouteRules>() is not { } rules)
            return next(http);
        if (rules.EmptiesCache)
            return ServeAndEmpty(http, next);
        if (rules.Cache is not { } lifetime || !table.Settings.Cache.Enabled || (!rules.Public && Personal.Any(http.Request.Headers.ContainsKey)))
            return next(http);

        // A service may name places by the host that it was asked as.
        var key = $"{http.Request.Host.Value}{http.Request.Path.Value}{http.Request.QueryString.Value}";
        return Find(key, lifetime, out var age) is { } answer ? Hit(http, answer, age, lifetime) : Miss(http, next, key, lifetime);
    }

    /// <summary>Forgets everything, also what is on its way from a service now, here and at the other instances.</summary>
    public Task Empty()
    {
        EmptyHere();
        return shared.Forget();
    }

    void EmptyHere()
    {
        Interlocked.Increment(ref generation);
        answers.Clear();
    }

    public void Dispose() => answers.Dispose();

    // The lifetime in force counts, not the one at the time of keeping.
    CachedAnswer? Find(string key, TimeSpan lifetime, out TimeSpan age)
    {
        age = default;
        return answers.TryGetValue(key, out CachedAnswer? answer) && (age = time.GetUtcNow() - answer!.StoredAt) < lifetime ? answer : null;
    }

    Task Hit(HttpContext http, CachedAnswer answer, TimeSpan age, TimeSpan lifetime)
    {
        Count("hit");
        return answer.WriteAsync(http, age, $"gateway; hit; ttl={(int)(lifetime - age).TotalSeconds}");
    }

    async Task Miss(HttpContext http, RequestDelegate next, string key, TimeSpan lifetime)
    {
        var fill = new TaskCompletionSource<CachedAnswer?>(TaskCreationOptions.RunContinuationsAsynchronously);
        var first = fills.GetOrAdd(key, fill);
        if (first != fill)
        {
            if (await first.Task.WaitAsync(http.RequestAborted) is { } shared)
            {
                Count("hit");
                await shared.WriteAsync(http, TimeSpan.Zero, "gateway; hit; collapsed");
            }
            else
            {
                await next(http);
            }
            return;
        }
        try
        {
            fill.TrySetResult(await Fill(http, next, key, lifetime));
        }
        finally
        {
            fills.TryRemove(key, out _);
            fill.TrySetResult(null);
        }
    }

    async Task<CachedAnswer?> Fill(HttpContext http, RequestDelegate next, string key, TimeSpan lifetime)
    {
        var asOf = Volatile.Read(ref generation);
        var (other, sharedAsOf) = await shared.Find(key);
        if (other is not null && time.GetUtcNow() - other.StoredAt is var age && age < lifetime)
        {
            Keep(key, other, asOf);
            await Hit(http, other, age, lifetime);
            return other;
        }
        Count("miss");
        var conditions = http.Request.Headers.IfNoneMatch;
        foreach (var name in Personal.Concat(Conditional)) http.Request.Headers.Remove(name);
        using var body = await CapturedAnswer.Capture(http, next);

        if (http.Features.Get<IForwarderErrorFeature>() is not null || CachedAnswer.Of(http.Response, body, time.GetUtcNow()) is not { } answer)
        {
            http.Response.Headers["Cache-Status"] = "gateway; fwd=miss";
            await CapturedAnswer.Release(http, body);
            return null;
        }
        Keep(key, answer, asOf);
        if (sharedAsOf is { } forgotten) await shared.Keep(key, answer, forgotten, lifetime);
        http.Request.Headers.IfNoneMatch = conditions;
        await answer.WriteAsync(http, TimeSpan.Zero, "gateway; fwd=miss; stored");
        return answer;
    }

    void Keep(string key, CachedAnswer answer, long asOf)
    {
        var size = answer.Size + (2 * key.Length);
        // A full MemoryCache refuses what is new: room is made before, from what nobody asked for in a while.
        if (answers.GetCurrentStatistics()!.CurrentEstimatedSize + size > table.Settings.Cache.Size) answers.Compact(0.2);
        answers.Set(key, answer, new MemoryCacheEntryOptions { Size = size, AbsoluteExpirationRelativeToNow = RouteRules.LongestCache });
        // Emptied while the service was answering: this may be what was true before.
        if (Volatile.Read(ref generation) != asOf) answers.Remove(key);
    }

    async Task ServeAndEmpty(HttpContext http, RequestDelegate next)
    {
        await next(http);
        // Who changed something sees it at once; other instances hear of it by Redis or by the event. A refusal changed nothing, and who leaves before the answer could be anybody:
        // if something was changed all the same, the event says so. After any other failure what was asked may have been done.
        if (http.Response.StatusCode is < 400 or >= 500 && !http.RequestAborted.IsCancellationRequested) await Empty();
    }

    void Count(string result) => looked.Add(1, KeyValuePair.Create<string, object?>("result", result));
}
