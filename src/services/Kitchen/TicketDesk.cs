using System.Diagnostics;
using Kampung.Messaging;
using Kampung.ServiceDefaults;
using Microsoft.EntityFrameworkCore.Storage;

namespace Kampung.Kitchen;

/// <summary>
/// Where every change of an order's tickets is made, whoever asks for it: under the lock of the order's row, with what the kitchens are like now, together with
/// the facts that it announces. What a batch of events asks for is noted first and carried out together.
/// </summary>
sealed class TicketDesk(KitchenDb db, Stations stations, TimeProvider time)
{
    const int AtOnce = 100;

    public delegate IReadOnlyList<IEvent> Change(KitchenOrder order, Shift shift);

    readonly List<(Guid OrderId, IReadOnlyCollection<string> Stalls, Change Change, ActivityContext Cause)> noted = [];

    /// <summary>For the handler of an event: it is carried out with the others before the transaction ends.</summary>
    /// <param name="stalls">Those that the change brings in.</param>
    public void Note(Guid orderId, IReadOnlyCollection<string> stalls, Change change) =>
        noted.Add((orderId, stalls, change, Activity.Current?.Context ?? default));

    public static Task CarryOut(IServiceProvider services, CancellationToken ct) => services.GetRequiredService<TicketDesk>().CarryOutAsync(ct);

    /// <summary>Makes a change in a transaction of its own, also of an order that is not known yet.</summary>
    /// <param name="stalls">Those that the change brings in.</param>
    public async Task<KitchenOrder> ChangeOrAddAsync(Guid orderId, IReadOnlyCollection<string> stalls, Change change, CancellationToken ct)
    {
        // Before a transaction is begun, so that nobody holds a connection while waiting for another.
        await stations.MakeAsync(stalls, ct);
        await using var transaction = await BeginAsync(ct);
        Note(orderId, stalls, change);
        var order = (await CarryOutAsync(ct)).Single();
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return order;
    }

    /// <summary>Makes a change in a transaction of its own.</summary>
    /// <returns>The order after it; null when it is not known.</returns>
    public async Task<KitchenOrder?> ChangeAsync(Guid orderId, Change change, CancellationToken ct)
    {
        await using var transaction = await BeginAsync(ct);
        if (await db.LockAsync(orderId, ct) is not { } order) return null;
        Make(change, order, await stations.ShiftAsync(db, order.Tickets.Select(ticket => ticket.Stall), ct));
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return order;
    }

    /// <summary>Sees to orders of which something is due.</summary>
    /// <returns>False when there are none.</returns>
    public async Task<bool> LookAsync(CancellationToken ct)
    {
        await using var transaction = await BeginAsync(ct);
        var orders = await db.LockDueAsync(time.GetUtcNow(), AtOnce, ct);
        if (orders.Count == 0) return false;
        var shift = await stations.ShiftAsync(db, orders.SelectMany(order => order.Tickets).Where(ticket => ticket.Open).Select(ticket => ticket.Stall), ct);
        foreach (var order in orders) Make((o, s) => o.Look(s), order, shift);
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return true;
    }

    async Task<IReadOnlyCollection<KitchenOrder>> CarryOutAsync(CancellationToken ct)
    {
        if (noted.Count == 0) return [];
        await stations.MakeAsync(noted.SelectMany(note => note.Stalls), ct);
        var orders = await db.LockOrAddAsync(noted.Select(note => note.OrderId), ct);
        var known = orders.Values.SelectMany(order => order.Tickets).Select(ticket => ticket.Stall);
        var shift = await stations.ShiftAsync(db, known.Concat(noted.SelectMany(note => note.Stalls)), ct);
        foreach (var (orderId, _, change, cause) in noted) Make(change, orders[orderId], shift, cause);
        noted.Clear();
        return orders.Values;
    }

    void Make(Change change, KitchenOrder order, Shift shift, ActivityContext? cause = null)
    {
        foreach (var fact in change(order, shift)) db.Publish(fact, cause);
        if (order.WakeAt is { } due) db.WakeAt(due);
    }

    /// <summary>What this unit of work read before may be old by now: it is read again under the lock.</summary>
    Task<IDbContextTransaction> BeginAsync(CancellationToken ct)
    {
        db.ChangeTracker.Clear();
        return db.Database.BeginTransactionAsync(ct);
    }
}
