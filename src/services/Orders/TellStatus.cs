using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Orders;

/// <summary>For other services (inside): whether an order was placed, and what has become of it. Events say so, too, but one that has not come says nothing.</summary>
static class TellStatus
{
    public sealed record OrderState(Guid Id, OrderStatus Status);

    public static void MapTellStatus(this RouteGroupBuilder orders) => orders.MapGet("/{id:guid}/status", Handle).WithName("TellOrderStatus");

    static async Task<Results<Ok<OrderState>, ProblemHttpResult>> Handle(Guid id, OrdersDb db, CancellationToken ct) =>
        await db.Orders.Where(order => order.Id == id).Select(order => new OrderState(order.Id, order.Status)).SingleOrDefaultAsync(ct) is { } state
            ? TypedResults.Ok(state)
            : Problems.NotFound("order", id);
}
