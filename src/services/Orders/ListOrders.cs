using Kampung.ServiceDefaults;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Orders;

/// <summary>The caller's own orders, an operator's are all; newest first.</summary>
static class ListOrders
{
    public static void MapListOrders(this RouteGroupBuilder orders) => orders.MapGet("", Handle).WithName("ListOrders");

    static async Task<Page<OrderView>> Handle(Caller caller, Paging paging, OrdersDb db, CancellationToken ct)
    {
        var after = paging.After<Guid?>();
        var orders = await db.Orders.AsNoTracking()
            .Where(order => caller.IsOperator || order.CustomerId == caller.Id)
            .Where(order => after == null || order.Id < after)
            .OrderByDescending(order => order.Id) // version 7: by the time of placing
            .Take(paging.Limit + 1)
            .ToListAsync(ct);
        return Page.Of(orders, paging.Limit, order => new OrderView(order), order => order.Id);
    }
}
