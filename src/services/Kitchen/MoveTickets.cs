using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Kitchen;

/// <summary>The overdue tickets of an order go to the next open station of their stall; one that has tried all of them fails. Asked again, nothing happens.</summary>
static class MoveTickets
{
    public sealed record Request(Guid OrderId);

    public static void MapMoveTickets(this RouteGroupBuilder tickets) => tickets.MapPost("/move", Handle).WithName("MoveTickets");

    static async Task<Results<Ok<KitchenOrderView>, ProblemHttpResult>> Handle(Request request, TicketDesk desk, CancellationToken ct) =>
        await desk.ChangeAsync(request.OrderId, (order, shift) => order.Move(shift), ct) is { } order
            ? TypedResults.Ok(new KitchenOrderView(order))
            : Problems.NotFound("order", request.OrderId);
}
