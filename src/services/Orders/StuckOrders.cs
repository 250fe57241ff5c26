using Kampung.Messaging;
using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Kampung.Orders;

/// <summary>What an open order waits for.</summary>
/// <param name="Step">The plan's step; without a chief the event that has not come.</param>
/// <param name="Attempts">Failed ones at this step.</param>
/// <param name="Since">When the order last came further.</param>
/// <param name="NextAttempt">When the chief tries again by itself; null without a chief.</param>
public sealed record Waiting(string Step, int Attempts, string? Reason, DateTimeOffset Since, DateTimeOffset? NextAttempt)
{
    /// <summary>Null when it is over.</summary>
    public static Waiting? Of(Order order, Progress? progress)
    {
        if (order.IsOver) return null;
        if (order.Flow == Flow.Orchestrated)
        {
            // Without its plan nobody carries it, which is no reason to wait.
            if (progress is null) return new("none", 0, null, order.Since, null);
            var step = progress.Direction == Direction.Undoing ? $"undo {progress.Step}" : progress.Step;
            return new(step, progress.Attempts, progress.Reason ?? $"{step} is under way.", order.Since, progress.Due);
        }
        var (fact, who) = Choreography.Missing(order);
        return new(fact, 0, $"{who} has not said {fact}.", order.Since, null);
    }
}

/// <summary>For operators (inside): open orders that have not come further for <see cref="OrderOptions.StuckAfter"/>, why, and what can be done about it.</summary>
static class StuckOrders
{
    public sealed record StuckOrder(
        Guid OrderId, Guid CustomerId, Flow Flow, OrderStatus Status, string Step, int Attempts, string? Reason, DateTimeOffset Since, DateTimeOffset? NextAttempt);

    public sealed record CallOffRequest(string Reason);

    static readonly TimeSpan Wait = TimeSpan.FromSeconds(5);

    public static void MapStuckOrders(this RouteGroupBuilder orders)
    {
        orders.MapGet("/stuck", ListAsync).WithName("ListStuckOrders");
        orders.MapPost("/{id:guid}/retry", RetryAsync).WithName("RetryOrder");
        orders.MapPost("/{id:guid}/call-off", CallOffAsync).WithName("CallOffOrder");
    }

    static async Task<Page<StuckOrder>> ListAsync(Paging paging, OrdersDb db, IOptionsMonitor<OrderOptions> options, TimeProvider time, CancellationToken ct)
    {
        var after = paging.After<Guid?>();
        var before = time.GetUtcNow() - options.CurrentValue.StuckAfter;
        var rows = await (from order in db.Orders.AsNoTracking()
                          where (order.Status == OrderStatus.Placed || order.Status == OrderStatus.Confirmed) && order.Since < before && (after == null || order.Id > after)
                          join plan in db.Plans.AsNoTracking() on order.Id equals plan.OrderId into plans
                          from progress in plans.DefaultIfEmpty()
                          orderby order.Id
                          select new { order, progress }).Take(paging.Limit + 1).ToListAsync(ct);
        return Page.Of(rows, paging.Limit, row =>
        {
            var (order, waiting) = (row.order, Waiting.Of(row.order, row.progress)!);
            return new StuckOrder(order.Id, order.CustomerId, order.Flow, order.Status, waiting.Step, waiting.Attempts, waiting.Reason, waiting.Since, waiting.NextAttempt);
        }, row => row.order.Id);
    }

    /// <summary>Tries the step again now instead of at its time. Where there is no chief it says again what the stalls are to act on: they do nothing twice.</summary>
    static async Task<Results<Accepted, ProblemHttpResult>> RetryAsync(Guid id, HttpContext http, OrdersDb db, Chief chief, TimeProvider time, CancellationToken ct)
    {
        await using (var transaction = await db.Database.BeginTransactionAsync(ct))
        {
            if (await db.LockAsync(id, ct) is not { } order) return Problems.NotFound("order", id);
            if (order.IsOver) return Problems.Conflict("order-over", "The order is over.", $"The order is {order.Status} already.");

            order.Note(time.GetUtcNow(), "order-service", "retry requested", "by an operator");
            if (await db.LockPlanAsync(id, ct) is { } progress) progress.Retry(time.GetUtcNow());
            else db.Publish(order.CancelReason is null ? new OrderPlaced(order) : new OrderCancelRequested(order));
            await db.SaveAndCommitAsync(transaction, ct);
        }
        chief.Wake();
        return TypedResults.Accepted(http.Outside($"/orders/{id}"));
    }

    static async Task<Results<Ok<OrderView>, Accepted<OrderView>, ProblemHttpResult>> CallOffAsync(
        Guid id, CallOffRequest request, HttpContext http, OrdersDb db, Chief chief, OrderFeed feed, TimeProvider time, CancellationToken ct)
    {
        var errors = new FieldErrors();
        errors.RequireText(request.Reason, "reason", maxLength: 500);
        if (errors.Any) return errors.Problem();
        if (!await db.Orders.AnyAsync(order => order.Id == id, ct)) return Problems.NotFound("order", id);
        return await CancelOrder.CancelAsync(id, request.Reason, apology: true, Wait, http, db, chief, feed, time, ct);
    }
}
