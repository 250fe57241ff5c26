using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Kitchen;

/// <summary>The overdue tickets of an order get their time again. Asked again, nothing is overdue and nothing happens.</summary>
static class NudgeTickets
{
    public sealed record Request(Guid OrderId);

    public static void MapNudgeTickets(this RouteGroupBuilder tickets) => tickets.MapPost("/nudge", Handle).WithName("NudgeTickets");

    static async Task<Results<Ok<KitchenOrderView>, ProblemHttpResult>> Handle(Request request, TicketDesk desk, CancellationToken ct) =>
        await desk.ChangeAsync(request.OrderId, (order, shift) => order.Nudge(shift), ct) is { } order
            ? TypedResults.Ok(new KitchenOrderView(order))
            : Problems.NotFound("order", request.OrderId);
}
