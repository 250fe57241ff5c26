using System.Collections.Concurrent;
using System.Diagnostics;
using Kampung.Messaging;
using Kampung.ServiceDefaults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Kampung.Orders;

/// <summary>
/// Carries the plans of orders to their end. A plan starts at once in the instance that took the order; one whose instance died, or whose pause is over,
/// is taken up by whichever instance finds it first. A lease, renewed while the plan is carried, keeps others away from it, and one that lost its lease without
/// noticing changes nothing. What the services are asked is idempotent, so asking again is safe in any case. A plan that waits for a stall is carried by nobody.
/// </summary>
sealed class Chief(IServiceScopeFactory scopes, OrderFeed feed, IOptionsMonitor<OrderOptions> options, TimeProvider time, ILogger<Chief> log) : BackgroundService
{
    static readonly ActivitySource Source = new("Kampung.Orders");

    readonly ConcurrentDictionary<Guid, Carrying> carried = new();
    readonly SemaphoreSlim wake = new(0);

    sealed record Carrying(CancellationTokenSource Lost)
    {
        public Task Task { get; set; } = Task.CompletedTask;
    }

    sealed record Claim(Guid OrderId, Guid Lease);

    /// <summary>A new order's progress: leased to this instance if it can start at once, otherwise for the first who has time.</summary>
    public Progress Begin(Plan<Order> plan, Order order)
    {
        var free = carried.Count < options.CurrentValue.PlansAtOnce;
        return Progress.Begin(plan, order.Id, free ? Guid.NewGuid() : null, free ? order.PlacedAt + options.CurrentValue.Lease : order.PlacedAt);
    }

    /// <summary>To be called once the progress is committed.</summary>
    public void Start(Order order, Progress progress)
    {
        if (progress.Lease is { } lease) Start(new Claim(order.Id, lease), order, progress);
        else Wake();
    }

    /// <summary>Looks for due plans now.</summary>
    public void Wake()
    {
        if (wake.CurrentCount == 0) wake.Release();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var renewing = RenewLeasesAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                foreach (var claim in await ClaimDueAsync(stoppingToken)) Start(claim);
                await wake.WaitAsync(options.CurrentValue.Poll, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested) { }
            catch (Exception e)
            {
                log.LogWarning("Cannot look for due plans: {Reason}", e.Message);
                await Task.Delay(options.CurrentValue.Poll, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        await renewing;
        await LayDownAsync();
    }

    void Start(Claim claim, Order? order = null, Progress? progress = null)
    {
        var carrying = new Carrying(new CancellationTokenSource());
        carried[claim.Lease] = carrying;
        // Not the request's context: the plan outlives it, and takes only its trace along.
        using (ExecutionContext.SuppressFlow())
            carrying.Task = Task.Run(() => CarryAsync(claim, order is null ? null : (order, progress!), carrying.Lost.Token));
    }

    async Task CarryAsync(Claim claim, (Order Order, Progress Progress)? held, CancellationToken ct)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<OrdersDb>();
            var plan = scope.ServiceProvider.GetRequiredService<Plan<Order>>();

            held ??= await ReadAsync(db, claim, ct);
            ActivityContext.TryParse(held?.Progress.TraceParent, traceState: null, isRemote: true, out var parent);
            using var activity = Source.StartActivity("carry order", ActivityKind.Internal, parent);
            activity?.SetTag("order.id", claim.OrderId);

            while (held is var (order, progress) && progress.Lease == claim.Lease)
            {
                if (progress.MustTurnRound(order))
                {
                    held = await SaveAsync(db, claim, (o, p, now) => p.MustTurnRound(o) ? p.TurnRound(plan, o, now) : [], ct);
                    continue;
                }
                var attempt = progress.Next;
                var outcome = await AttemptAsync(plan, attempt, order, progress.Attempts + 1, ct);
                held = await SaveAsync(db, claim, (o, p, now) => p.Take(attempt, outcome, plan, o, now, Backoff, options.CurrentValue.AskAgain), ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            log.LogInformation("The plan of order {OrderId} is left to another holder", claim.OrderId);
        }
        catch (Exception e)
        {
            log.LogWarning(e, "The plan of order {OrderId} is left until its lease ends", claim.OrderId);
        }
        finally
        {
            carried.TryRemove(claim.Lease, out _);
            if (carried.Count == options.CurrentValue.PlansAtOnce - 1) Wake();
        }
    }

    Backoff Backoff => new(options.CurrentValue.FirstRetry, options.CurrentValue.LongestRetry);

    static async Task<(Order Order, Progress Progress)?> ReadAsync(OrdersDb db, Claim claim, CancellationToken ct)
    {
        var row = await (from order in db.Orders.AsNoTracking()
                         join plan in db.Plans.AsNoTracking() on order.Id equals plan.OrderId
                         where order.Id == claim.OrderId && plan.Lease == claim.Lease
                         select new { order, plan }).SingleOrDefaultAsync(ct);
        return row is null ? null : (row.order, row.plan);
    }

    async Task<Outcome> AttemptAsync(Plan<Order> plan, Attempt attempt, Order order, int number, CancellationToken ct)
    {
        try
        {
            return await plan.Steps[plan.IndexOf(attempt.Step)].CallAsync(attempt, order, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            log.LogWarning("Order {OrderId}, step {Step}, attempt {Attempt}: {Reason}", order.Id, attempt.Step, number, e.Message);
            var what = attempt.Direction == Direction.Forward ? $"{attempt.Step} failed" : $"undoing {attempt.Step} failed";
            return e is ServiceUnavailableException down ? Outcome.Failed(down.Service, what, "It does not answer.") : Outcome.Failed("order-service", what, e.Message);
        }
    }

    /// <summary>Decides on the order as it is now, whatever happened to it during the call, and commits that with the facts that it announces.</summary>
    /// <returns>Null when the lease is lost.</returns>
    async Task<(Order Order, Progress Progress)?> SaveAsync(
        OrdersDb db, Claim claim, Func<Order, Progress, DateTimeOffset, IReadOnlyList<IEvent>> decide, CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        if (await db.LockWithPlanAsync(claim.OrderId, claim.Lease, ct) is not var (order, progress)) return null;

        foreach (var fact in decide(order, progress, time.GetUtcNow())) db.Publish(fact);
        await db.SaveAndCommitAsync(transaction, ct);
        feed.Changed(claim.OrderId);
        return (order, progress);
    }

    async Task<IReadOnlyList<Claim>> ClaimDueAsync(CancellationToken ct)
    {
        var free = options.CurrentValue.PlansAtOnce - carried.Count;
        if (free <= 0) return [];

        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<OrdersDb>();
        return await db.Database.SqlQuery<Claim>(
            $"""
            update plans set lease = gen_random_uuid(), due = now() + {options.CurrentValue.Lease} where order_id in
              (select order_id from plans where direction <> 'Ended' and due <= now() order by due limit {free} for update skip locked)
            returning order_id, lease
            """).ToListAsync(ct);
    }

    /// <summary>Three times in the life of a lease. A plan whose lease is gone all the same is dropped at once.</summary>
    async Task RenewLeasesAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            await Task.Delay(options.CurrentValue.Lease / 3, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            Guid[] mine = [.. carried.Keys];
            if (mine.Length == 0 || ct.IsCancellationRequested) continue;
            try
            {
                await using var scope = scopes.CreateAsyncScope();
                var db = scope.ServiceProvider.GetRequiredService<OrdersDb>();
                // A row that somebody changes at this moment is left for the next time: waiting for several of them could go in a circle.
                var kept = await db.Database.SqlQuery<Guid>(
                    $"""
                    with free as (select order_id from plans where lease = any({mine}) for update skip locked),
                         renewed as (update plans set due = now() + {options.CurrentValue.Lease} where order_id in (select order_id from free))
                    select lease as "Value" from plans where lease = any({mine})
                    """).ToListAsync(ct);
                foreach (var lost in mine.Except(kept))
                    if (carried.TryGetValue(lost, out var carrying)) await carrying.Lost.CancelAsync();
            }
            catch (Exception e) when (!ct.IsCancellationRequested) { log.LogWarning("Cannot renew leases: {Reason}", e.Message); }
        }
    }

    /// <summary>The process ends: what it carries is given back, so that another instance need not wait for the leases to end.</summary>
    async Task LayDownAsync()
    {
        var mine = carried.ToArray();
        foreach (var (_, carrying) in mine) await carrying.Lost.CancelAsync();
        await Task.WhenAll(mine.Select(entry => entry.Value.Task));

        Guid[] leases = [.. mine.Select(entry => entry.Key)];
        if (leases.Length == 0) return;
        await using var scope = scopes.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<OrdersDb>().Database.ExecuteSqlAsync(
            $"update plans set lease = null, due = now() where lease = any({leases})");
    }
}
