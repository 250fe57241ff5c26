using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Orders;

/// <summary>
/// Takes an order back that is placed or confirmed. From the moment when the wish is committed the order ends cancelled and nothing else; the chief undoes what was
/// done. Answers 200 once it is undone, 202 if that takes longer than the customer waits (5 s unless told otherwise by <c>Prefer: wait</c>).
/// </summary>
static class CancelOrder
{
    static readonly TimeSpan Wait = TimeSpan.FromSeconds(5);

    public static void MapCancelOrder(this RouteGroupBuilder orders) => orders.MapPost("/{id:guid}/cancel", Handle).WithName("CancelOrder");

    static async Task<Results<Ok<OrderView>, Accepted<OrderView>, ProblemHttpResult>> Handle(
        Guid id, Caller caller, HttpContext http, OrdersDb db, Chief chief, OrderFeed feed, TimeProvider time, CancellationToken ct)
    {
        while (true)
        {
            // Both in one statement: the lock on the one then holds for the other.
            var found = await (from o in db.Orders
                               where o.Id == id && o.CustomerId == caller.Id
                               join plan in db.Plans on o.Id equals plan.OrderId
                               select new { o, plan }).SingleOrDefaultAsync(ct);
            if (found is null) return Problems.NotFound("order", id);
            var (order, progress) = (found.o, found.plan);

            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            if (!await db.LockAsync(progress, ct))
            {
                // The chief moved on meanwhile: decide on what is true now.
                db.ChangeTracker.Clear();
                continue;
            }
            if (progress.Cancel(order, "cancelled by the customer", time.GetUtcNow()) is { } refusal)
                return Problems.Conflict("order-not-cancellable", "The order cannot be cancelled.", refusal);
            await db.SaveChangesAsync(ct);
            await transaction.CommitAsync(ct);
            break;
        }

        feed.Changed(id);
        chief.Wake();
        var cancelled = await feed.WaitAsync(db, id, o => o.Status == OrderStatus.Cancelled, caller.PreferredWait ?? Wait, ct);
        return cancelled.Status == OrderStatus.Cancelled
            ? TypedResults.Ok(new OrderView(cancelled))
            : TypedResults.Accepted(http.Outside($"/orders/{id}"), new OrderView(cancelled));
    }
}
