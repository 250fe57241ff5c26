using Kampung.Messaging;
using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Orders;

/// <summary>
/// Takes an order back, which is allowed until a rider has picked it up: delivery-service decides on that, since it knows first. The chief undoes what was done,
/// the delivery first; without a chief delivery-service is asked by an event, and everybody undoes when the order is cancelled.
/// Answers 200 once it is cancelled, 409 with the reason if it cannot be, 202 if neither is known within the customer's patience (5 s unless told otherwise by <c>Prefer: wait</c>).
/// </summary>
static class CancelOrder
{
    static readonly TimeSpan Wait = TimeSpan.FromSeconds(5);

    public static void MapCancelOrder(this RouteGroupBuilder orders) => orders.MapPost("/{id:guid}/cancel", Handle).WithName("CancelOrder");

    static async Task<Results<Ok<OrderView>, Accepted<OrderView>, ProblemHttpResult>> Handle(
        Guid id, Caller caller, HttpContext http, OrdersDb db, Chief chief, OrderFeed feed, TimeProvider time, CancellationToken ct) =>
        await db.Orders.AnyAsync(order => order.Id == id && (caller.IsOperator || order.CustomerId == caller.Id), ct)
            ? await CancelAsync(id, caller.Is(Role.Customer) ? "cancelled by the customer" : "cancelled by an operator", apology: false, caller.PreferredWait ?? Wait, http, db, chief, feed, time, ct)
            : Problems.NotFound("order", id);

    /// <param name="apology">It is not the customer's wish.</param>
    public static async Task<Results<Ok<OrderView>, Accepted<OrderView>, ProblemHttpResult>> CancelAsync(
        Guid id, string reason, bool apology, TimeSpan wait, HttpContext http, OrdersDb db, Chief chief, OrderFeed feed, TimeProvider time, CancellationToken ct)
    {
        await using (var transaction = await db.Database.BeginTransactionAsync(ct))
        {
            var order = await db.LockAsync(id, ct) ?? throw new InvalidOperationException($"The order {id} was removed.");
            var progress = order.Flow == Flow.Orchestrated ? await db.LockPlanAsync(id, ct) : null;
            var isNew = order.CancelReason is null;
            // Without a plan it is over, or was never the chief's.
            var refusal = progress is null ? order.AskToCancel(reason, apology, time.GetUtcNow()) : progress.Cancel(order, reason, apology, time.GetUtcNow());
            if (refusal is not null) return Refused(refusal);
            if (isNew && order.Flow == Flow.Choreographed) db.Publish(new OrderCancelRequested(order));
            await db.SaveAndCommitAsync(transaction, ct);
        }
        feed.Changed(id);
        chief.Wake();

        var outcome = await feed.WaitAsync(db, id, o => o.IsOver || o.CancelRefusal is not null, wait, ct);
        if (outcome.Status == OrderStatus.Cancelled) return TypedResults.Ok(new OrderView(outcome));
        if (outcome.CancelRefusal is not null) return Refused(outcome.CancelRefusal);
        if (outcome.IsOver) return Refused($"The order is {outcome.Status} already.");
        return TypedResults.Accepted(http.Outside($"/orders/{id}"), new OrderView(outcome));
    }

    static ProblemHttpResult Refused(string reason) => Problems.Conflict("order-not-cancellable", "The order cannot be cancelled.", reason);
}
