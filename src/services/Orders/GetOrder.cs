using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Orders;

/// <summary>One of the caller's own orders, with its timeline. Another customer's order does not exist for the caller, who would have to be an operator.</summary>
static class GetOrder
{
    public static void MapGetOrder(this RouteGroupBuilder orders) => orders.MapGet("/{id:guid}", Handle).WithName("GetOrder");

    static async Task<Results<Ok<OrderView>, ProblemHttpResult>> Handle(Guid id, Caller caller, OrdersDb db, CancellationToken ct)
    {
        var order = await db.Orders.AsNoTracking()
            .Include(o => o.Timeline.OrderBy(entry => entry.Sequence))
            .SingleOrDefaultAsync(o => o.Id == id && (caller.IsOperator || o.CustomerId == caller.Id), ct);
        return order is null ? Problems.NotFound("order", id) : TypedResults.Ok(new OrderView(order, order.Timeline));
    }
}
