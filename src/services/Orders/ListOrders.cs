using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Orders;

/// <summary>The caller's own orders, an operator's are all and say what they wait for; newest first.</summary>
static class ListOrders
{
    public static void MapListOrders(this RouteGroupBuilder orders) => orders.MapGet("", Handle).WithName("ListOrders");

    /// <param name="status">Only these: a status, or <c>open</c> for those that are not over.</param>
    static async Task<Results<Ok<Page<OrderView>>, ProblemHttpResult>> Handle(Caller caller, Paging paging, OrdersDb db, CancellationToken ct, string? status = null)
    {
        var after = paging.After<Guid?>();
        var only = Enum.GetValues<OrderStatus>().Where(known => known.ToString().Equals(status, StringComparison.OrdinalIgnoreCase)).Cast<OrderStatus?>().SingleOrDefault();
        var open = "open".Equals(status, StringComparison.OrdinalIgnoreCase);
        if (!string.IsNullOrEmpty(status) && only is null && !open)
            return Problems.Validation("status", "must be open, placed, confirmed, rejected, cancelled or completed");

        var orders = db.Orders.AsNoTracking().Where(order => (caller.IsOperator || order.CustomerId == caller.Id) && (after == null || order.Id < after));
        if (only is not null) orders = orders.Where(order => order.Status == only);
        if (open) orders = orders.Where(order => order.Status == OrderStatus.Placed || order.Status == OrderStatus.Confirmed);
        var page = await orders.OrderByDescending(order => order.Id).Take(paging.Limit + 1).ToListAsync(ct); // version 7: by the time of placing
        if (!caller.IsOperator) return TypedResults.Ok(Page.Of(page, paging.Limit, order => new OrderView(order), order => order.Id));

        var ids = page.Where(order => !order.IsOver).Select(order => order.Id).ToList();
        var plans = ids.Count == 0 ? [] : await db.Plans.AsNoTracking().Where(plan => ids.Contains(plan.OrderId)).ToDictionaryAsync(plan => plan.OrderId, ct);
        return TypedResults.Ok(Page.Of(page, paging.Limit, order => new OrderView(order, waiting: Waiting.Of(order, plans.GetValueOrDefault(order.Id))), order => order.Id));
    }
}
