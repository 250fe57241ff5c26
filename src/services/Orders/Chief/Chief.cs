using System.Collections.Concurrent;
using System.Diagnostics;
using Kampung.Messaging;
using Kampung.ServiceDefaults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Kampung.Orders;

/// <summary>
/// Carries the plans of orders to their end. A plan starts at once in the instance that took the order; one whose instance died, or whose pause is over,
/// is taken up by whichever instance finds it first. A lease, renewed while the plan is carried, keeps others away from it; the version of the row keeps
/// one that lost its lease without noticing from changing anything. What the services are asked is idempotent, so asking again is safe in any case.
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
    public void Start(Progress progress)
    {
        if (progress.Lease is { } lease) Start(new Claim(progress.OrderId, lease));
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

    void Start(Claim claim)
    {
        var carrying = new Carrying(new CancellationTokenSource());
        carried[claim.Lease] = carrying;
        // Not the request's context: the plan outlives it, and takes only its trace along.
        using (ExecutionContext.SuppressFlow())
            carrying.Task = Task.Run(() => CarryAsync(claim, carrying.Lost.Token));
    }

    async Task CarryAsync(Claim claim, CancellationToken ct)
    {
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = scope.ServiceProvider.GetRequiredService<OrdersDb>();
            var plan = scope.ServiceProvider.GetRequiredService<Plan<Order>>();

            var (progress, order) = await ReadAsync(db, claim, ct);
            ActivityContext.TryParse(progress?.TraceParent, traceState: null, isRemote: true, out var parent);
            using var activity = Source.StartActivity("carry order", ActivityKind.Internal, parent);
            activity?.SetTag("order.id", claim.OrderId);

            while (progress is not null && progress.Lease == claim.Lease)
            {
                if (progress.MustTurnRound)
                {
                    (progress, order) = await SaveAsync(db, claim, progress, order, (p, o, now) => p.MustTurnRound ? p.TurnRound(plan, o, now) : [], ct);
                    continue;
                }
                var outcome = await AttemptAsync(plan, progress, order, ct);
                (progress, order) = await SaveAsync(db, claim, progress, order, (p, o, now) => p.Take(outcome, plan, o, now, Backoff), ct);
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

    static async Task<(Progress? Progress, Order Order)> ReadAsync(OrdersDb db, Claim claim, CancellationToken ct)
    {
        var row = await (from plan in db.Plans
                         where plan.OrderId == claim.OrderId && plan.Lease == claim.Lease
                         join o in db.Orders on plan.OrderId equals o.Id
                         select new { plan, o }).SingleOrDefaultAsync(ct);
        return (row?.plan, row?.o!);
    }

    async Task<Outcome> AttemptAsync(Plan<Order> plan, Progress progress, Order order, CancellationToken ct)
    {
        var step = plan.Steps[plan.IndexOf(progress.Step)];
        var action = (progress.Direction == Direction.Forward ? step.Run : step.Undo)
            ?? throw new InvalidOperationException($"There is nothing to call at step {step.Name}.");
        try
        {
            return await action(order, ct);
        }
        catch (Exception e) when (!ct.IsCancellationRequested)
        {
            log.LogWarning("Order {OrderId}, step {Step}, attempt {Attempt}: {Reason}", order.Id, step.Name, progress.Attempts + 1, e.Message);
            var what = progress.Direction == Direction.Forward ? $"{step.Name} failed" : $"undoing {step.Name} failed";
            return e is ServiceUnavailableException down ? Outcome.Failed(down.Service, what, "It does not answer.") : Outcome.Failed("order-service", what, e.Message);
        }
    }

    /// <summary>
    /// Commits a decision with the facts that it announces. When the row changed meanwhile and is still ours (the customer asked to cancel), it is decided
    /// anew on the present row.
    /// </summary>
    /// <returns>No progress when the lease is lost.</returns>
    async Task<(Progress? Progress, Order Order)> SaveAsync(
        OrdersDb db, Claim claim, Progress? progress, Order order, Func<Progress, Order, DateTimeOffset, IReadOnlyList<IEvent>> decide, CancellationToken ct)
    {
        for (var (p, o) = (progress, order); ; (p, o) = await ReadAsync(db, claim, ct))
        {
            if (p is null) return (null, o);
            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            if (await db.LockAsync(p, ct))
            {
                foreach (var fact in decide(p, o, time.GetUtcNow())) db.Publish(fact);
                await db.SaveChangesAsync(ct);
                await transaction.CommitAsync(ct);
                feed.Changed(claim.OrderId);
                return (p, o);
            }
            db.ChangeTracker.Clear();
        }
    }

    async Task<IReadOnlyList<Claim>> ClaimDueAsync(CancellationToken ct)
    {
        var free = options.CurrentValue.PlansAtOnce - carried.Count;
        if (free <= 0) return [];

        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<OrdersDb>();
        return await db.Database.SqlQuery<Claim>(
            $"""
            update plans set lease = gen_random_uuid(), due = now() + {options.CurrentValue.Lease}, version = version + 1 where order_id in
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
                var kept = await db.Database.SqlQuery<Guid>(
                    $"""update plans set due = now() + {options.CurrentValue.Lease} where lease = any({mine}) returning lease as "Value" """).ToListAsync(ct);
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
            $"update plans set lease = null, due = now(), version = version + 1 where lease = any({leases})");
    }
}
