using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Kampung.Orders;

/// <summary>
/// Tells those who wait for an order that something happened to it: at once when it happened in this process, within a poll when another instance did it.
/// One query serves all who wait, and there is none while nobody does.
/// </summary>
sealed class OrderFeed(IServiceScopeFactory scopes, IOptionsMonitor<OrderOptions> options, TimeProvider time, ILogger<OrderFeed> log) : BackgroundService
{
    readonly Lock gate = new();
    readonly Dictionary<Guid, List<Watch>> watches = [];

    /// <summary>To be called after the commit.</summary>
    public void Changed(Guid orderId) => Wake(orderId, length: int.MaxValue);

    /// <summary>Begin to watch before you read the order, so that no change falls between.</summary>
    public Watch Follow(Guid orderId)
    {
        var watch = new Watch(this, orderId);
        lock (gate)
        {
            if (!watches.TryGetValue(orderId, out var those)) watches[orderId] = those = [];
            those.Add(watch);
        }
        return watch;
    }

    /// <summary>Reads the order as soon as <paramref name="settled"/> holds, or as it is when <paramref name="within"/> has passed.</summary>
    public async Task<Order> WaitAsync(OrdersDb db, Guid orderId, Func<Order, bool> settled, TimeSpan within, CancellationToken ct)
    {
        using var watch = Follow(orderId);
        for (var end = time.GetUtcNow() + within; ;)
        {
            var order = await db.Orders.AsNoTracking().SingleAsync(o => o.Id == orderId, ct);
            watch.Seen = order.TimelineLength;
            var left = end - time.GetUtcNow();
            if (settled(order) || left <= TimeSpan.Zero) return order;
            await watch.ChangedAsync(left, ct);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(options.CurrentValue.Poll, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            try { await LookAsync(stoppingToken); }
            catch (Exception e) when (e is not OperationCanceledException) { log.LogWarning("Cannot look what other instances did: {Reason}", e.Message); }
        }
    }

    async Task LookAsync(CancellationToken ct)
    {
        Guid[] watched;
        lock (gate) watched = [.. watches.Keys];
        if (watched.Length == 0) return;

        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<OrdersDb>();
        foreach (var order in await db.Orders.Where(o => watched.Contains(o.Id)).Select(o => new { o.Id, o.TimelineLength }).ToListAsync(ct))
            Wake(order.Id, order.TimelineLength);
    }

    void Wake(Guid orderId, int length)
    {
        lock (gate)
            foreach (var watch in watches.GetValueOrDefault(orderId, []))
                if (watch.Seen < length) watch.Signal();
    }

    void Leave(Watch watch)
    {
        lock (gate)
            if (watches.TryGetValue(watch.OrderId, out var those) && those.Remove(watch) && those.Count == 0)
                watches.Remove(watch.OrderId);
    }

    /// <summary>One who waits for what happens to an order.</summary>
    internal sealed class Watch(OrderFeed feed, Guid orderId) : IDisposable
    {
        readonly SemaphoreSlim changed = new(0);

        public Guid OrderId { get; } = orderId;

        /// <summary>The length of the timeline that was read last.</summary>
        public int Seen { get; set; }

        /// <returns>False when nothing happened within that time.</returns>
        public Task<bool> ChangedAsync(TimeSpan within, CancellationToken ct) => changed.WaitAsync(within, ct);

        public void Signal()
        {
            if (changed.CurrentCount == 0) changed.Release();
        }

        public void Dispose()
        {
            feed.Leave(this);
            changed.Dispose();
        }
    }
}
