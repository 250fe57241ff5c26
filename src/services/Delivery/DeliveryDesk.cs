using System.Diagnostics;
using Kampung.Messaging;
using Kampung.ServiceDefaults;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Options;

namespace Kampung.Delivery;

/// <summary>
/// Where every change of a delivery is made, whoever asks for it: under the lock of its row, with what the riders are like now, together with the facts that
/// it announces. What a batch of events asks for is noted first and carried out together.
/// </summary>
sealed class DeliveryDesk(DeliveryDb db, IOptionsMonitor<DeliveryOptions> options, TimeProvider time)
{
    const int AtOnce = 100;

    public delegate IReadOnlyList<IEvent> Change(Delivery delivery, Roster roster);

    readonly List<(Guid OrderId, Change Change, ActivityContext Cause)> noted = [];

    /// <summary>For the handler of an event: it is carried out with the others before the transaction ends.</summary>
    public void Note(Guid orderId, Change change) => noted.Add((orderId, change, Activity.Current?.Context ?? default));

    public static Task CarryOut(IServiceProvider services, CancellationToken ct) => services.GetRequiredService<DeliveryDesk>().CarryOutAsync(ct);

    /// <summary>Makes a change in a transaction of its own, also of a delivery that is not known yet.</summary>
    public async Task<Delivery> ChangeOrAddAsync(Guid orderId, Change change, CancellationToken ct)
    {
        await using var transaction = await BeginAsync(ct);
        Note(orderId, change);
        var delivery = (await CarryOutAsync(ct)).Single();
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return delivery;
    }

    /// <summary>Makes a change in a transaction of its own.</summary>
    /// <param name="mayChange">Whether who asks may change it, decided by what it is like under the lock.</param>
    /// <returns>The delivery after it; null when there is none with this id for who asks.</returns>
    public async Task<Delivery?> ChangeAsync(Guid id, Func<Delivery, bool> mayChange, Change change, CancellationToken ct)
    {
        await using var transaction = await BeginAsync(ct);
        if (await db.LockAsync(id, ct) is not { } delivery || !mayChange(delivery)) return null;
        Make(change, delivery, await RosterAsync(ct));
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return delivery;
    }

    /// <summary>Gives free riders to those who wait for one.</summary>
    /// <returns>False when there are none of either.</returns>
    public async Task<bool> AssignAsync(CancellationToken ct)
    {
        if (!await db.AnyWaitingAsync(ct)) return false;
        await using var transaction = await BeginAsync(ct);
        // One instance at a time, so that no rider gets more than they can take.
        await db.LockRidersAsync(ct);
        var roster = new Roster(await db.RidersOnDutyAsync(ct), options.CurrentValue, time.GetUtcNow());
        if (roster.Free == 0) return false;
        var waiting = await db.LockWaitingAsync(Math.Min(roster.Free, AtOnce), ct);
        foreach (var delivery in waiting) Make((d, r) => d.Look(r), delivery, roster);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return waiting.Count > 0;
    }

    /// <summary>Sees to deliveries of which something is due.</summary>
    /// <returns>False when there are none.</returns>
    public async Task<bool> LookAsync(CancellationToken ct)
    {
        await using var transaction = await BeginAsync(ct);
        var due = await db.LockDueAsync(time.GetUtcNow(), AtOnce, ct);
        if (due.Count == 0) return false;
        var roster = new Roster([], options.CurrentValue, time.GetUtcNow());
        foreach (var delivery in due) Make((d, r) => d.Look(r), delivery, roster);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return true;
    }

    /// <summary>What this unit of work read before may be old by now: it is read again under the lock.</summary>
    Task<IDbContextTransaction> BeginAsync(CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        return db.Database.BeginTransactionAsync(ct);
    }

    async Task<IReadOnlyCollection<Delivery>> CarryOutAsync(CancellationToken ct)
    {
        if (noted.Count == 0) return [];
        var deliveries = await db.LockOrAddAsync(noted.Select(note => note.OrderId), time.GetUtcNow(), ct);
        var roster = await RosterAsync(ct);
        foreach (var (orderId, change, cause) in noted) Make(change, deliveries[orderId], roster, cause);
        noted.Clear();
        return deliveries.Values;
    }

    void Make(Change change, Delivery delivery, Roster roster, ActivityContext? cause = null)
    {
        var onTheRoad = delivery.OnTheRoad;
        foreach (var fact in change(delivery, roster)) db.Publish(fact, cause);

        // There is one to assign, or one who can be assigned.
        if (delivery.Status == DeliveryStatus.Waiting || (onTheRoad && !delivery.OnTheRoad)) db.WakeAt(roster.Now);
        else if (delivery.WakeAt is { } due) db.WakeAt(due);
    }

    /// <summary>Riders are assigned at once only when they are free again at once; otherwise <see cref="AssignAsync"/> does.</summary>
    async Task<Roster> RosterAsync(CancellationToken ct)
    {
        var rules = options.CurrentValue;
        return new(rules.AtOnce ? await db.RidersOnDutyAsync(ct) : [], rules, time.GetUtcNow());
    }
}
