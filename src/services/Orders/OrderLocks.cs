using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Kampung.Orders;

/// <summary>
/// The fence around an order: whoever changes it, or its plan's progress, first locks its row and reads it afresh. What is decided then follows what was decided before,
/// in the tables, the timeline and the outbox. Always the order before its plan, so that nobody waits in a circle.
/// </summary>
static class OrderLocks
{
    /// <summary>The order and its plan, until the transaction ends; null without a plan, or when the lease is not the plan's any more.</summary>
    public static async Task<(Order Order, Progress Progress)?> LockWithPlanAsync(this OrdersDb db, Guid orderId, Guid? lease, CancellationToken ct)
    {
        // One statement for both rows: when it had to wait, PostgreSQL reads again what it locks, and only that.
        var row = await (from order in db.Orders
                         join plan in db.Plans on order.Id equals plan.OrderId
                         where order.Id == orderId && (lease == null || plan.Lease == lease)
                         select new { order, plan }).TagWith(RowLocks.ForUpdate).SingleOrDefaultAsync(ct);
        return row is null ? null : (row.order, row.plan);
    }

    /// <summary>The order, until the transaction ends.</summary>
    public static Task<Order?> LockAsync(this OrdersDb db, Guid orderId, CancellationToken ct) =>
        db.Orders.Where(order => order.Id == orderId).TagWith(RowLocks.ForUpdate).SingleOrDefaultAsync(ct);

    /// <summary>Several orders, one after the other in the order of their ids.</summary>
    public static Task<Dictionary<Guid, Order>> LockAsync(this OrdersDb db, IReadOnlyCollection<Guid> orderIds, CancellationToken ct) =>
        db.Orders.Where(order => orderIds.Contains(order.Id)).OrderBy(order => order.Id).TagWith(RowLocks.ForUpdate).ToDictionaryAsync(order => order.Id, ct);

    /// <summary>The plan of an order that is locked.</summary>
    public static Task<Progress?> LockPlanAsync(this OrdersDb db, Guid orderId, CancellationToken ct) =>
        db.Plans.Where(plan => plan.OrderId == orderId).TagWith(RowLocks.ForUpdate).SingleOrDefaultAsync(ct);

    /// <summary>The plans of orders that are locked.</summary>
    public static Task<Dictionary<Guid, Progress>> LockPlansAsync(this OrdersDb db, IReadOnlyCollection<Guid> orderIds, CancellationToken ct) =>
        db.Plans.Where(plan => orderIds.Contains(plan.OrderId)).OrderBy(plan => plan.OrderId).TagWith(RowLocks.ForUpdate).ToDictionaryAsync(plan => plan.OrderId, ct);
}

/// <summary>EF Core cannot say <c>for update</c>: a query with this tag gets it.</summary>
sealed class RowLocks : DbCommandInterceptor
{
    public const string ForUpdate = "for update";

    public override ValueTask<InterceptionResult<DbDataReader>> ReaderExecutingAsync(
        DbCommand command, CommandEventData eventData, InterceptionResult<DbDataReader> result, CancellationToken cancellationToken = default)
    {
#pragma warning disable CA2100 // a constant is added to what EF wrote
        if (command.CommandText.StartsWith($"-- {ForUpdate}", StringComparison.Ordinal)) command.CommandText += $"\n{ForUpdate}";
#pragma warning restore CA2100
        return new(result);
    }
}

/// <summary>Does what <see cref="OrdersDb.AfterCommit"/> holds.</summary>
sealed class AfterCommit : DbTransactionInterceptor
{
    public override ValueTask<DbTransaction> TransactionStartedAsync(
        DbConnection connection, TransactionEndEventData eventData, DbTransaction result, CancellationToken cancellationToken = default)
    {
        // The one before was not committed: its context went back to the pool as it was.
        (eventData.Context as OrdersDb)?.AfterCommit.Clear();
        return new(result);
    }

    public override Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        if (eventData.Context is not OrdersDb db) return Task.CompletedTask;
        foreach (var action in db.AfterCommit) action();
        db.AfterCommit.Clear();
        return Task.CompletedTask;
    }
}
