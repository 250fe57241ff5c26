using Kampung.Messaging;
using Kampung.ServiceDefaults;

namespace Kampung.Kitchen;

/// <summary>
/// Where every change of an order's tickets is made, whoever asks for it: under the lock of the order's row, with what the kitchens are like now,
/// together with the facts that it announces. In the transaction of the caller, or in one of its own.
/// </summary>
sealed class TicketDesk(KitchenDb db, Stations stations)
{
    public delegate IReadOnlyList<IEvent> Change(KitchenOrder order, Shift shift);

    /// <returns>The order after the change; null when it is not known.</returns>
    public Task<KitchenOrder?> ChangeAsync(Guid orderId, Change change, CancellationToken ct) =>
        InTransactionAsync(() => db.LockAsync(orderId, ct), stalls: [], change, ct);

    /// <summary>As <see cref="ChangeAsync"/>, also of an order that is not known yet.</summary>
    /// <param name="stalls">Those that the change brings in.</param>
    public async Task<KitchenOrder> ChangeOrAddAsync(Guid orderId, IReadOnlyCollection<string> stalls, Change change, CancellationToken ct) =>
        (await InTransactionAsync(async () => await db.LockOrAddAsync(orderId, ct), stalls, change, ct))!;

    /// <summary>Locked orders of which something is due.</summary>
    public async Task LookAsync(IReadOnlyList<KitchenOrder> orders, CancellationToken ct)
    {
        var shift = await stations.ShiftAsync(db, orders.SelectMany(order => order.Tickets).Where(ticket => ticket.Open).Select(ticket => ticket.Stall), ct);
        foreach (var order in orders) Announce(order.Look(shift));
        await db.SaveChangesAsync(ct);
    }

    async Task<KitchenOrder?> InTransactionAsync(Func<Task<KitchenOrder?>> read, IReadOnlyCollection<string> stalls, Change change, CancellationToken ct)
    {
        await stations.MakeAsync(stalls, ct);
        await using var transaction = db.Database.CurrentTransaction is null ? await db.Database.BeginTransactionAsync(ct) : null;
        if (await read() is not { } order) return null;

        var shift = await stations.ShiftAsync(db, order.Tickets.Select(ticket => ticket.Stall).Concat(stalls), ct);
        Announce(change(order, shift));
        if (order.WakeAt is { } due) db.WakeAt(due);
        await db.SaveChangesAsync(ct);
        if (transaction is not null) await transaction.CommitAsync(ct);
        return order;
    }

    void Announce(IReadOnlyList<IEvent> facts)
    {
        foreach (var fact in facts) db.Publish(fact);
    }
}
