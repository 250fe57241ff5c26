using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Kitchen;

/// <summary>Whoever cooks says that a ticket is ready, on time or late. Said again, it stays so; 409 when it is not being cooked.</summary>
static class FinishTicket
{
    public static void MapFinishTicket(this RouteGroupBuilder tickets) => tickets.MapPost("/{id:guid}/ready", Handle).WithName("FinishTicket");

    static async Task<Results<Ok<TicketView>, ProblemHttpResult>> Handle(Guid id, Caller caller, KitchenDb db, TicketDesk desk, CancellationToken ct)
    {
        var orderId = await db.Tickets.Where(ticket => ticket.Id == id && (caller.IsOperator || ticket.Stall == caller.Stall)).Select(ticket => (Guid?)ticket.OrderId).SingleOrDefaultAsync(ct);
        if (orderId is null) return Problems.NotFound("ticket", id);

        string? reason = null;
        var order = await desk.ChangeAsync(orderId.Value, (order, shift) => order.Finish(id, shift.Now, out reason), ct);
        if (order is null) return Problems.NotFound("ticket", id);
        return reason is null
            ? TypedResults.Ok(new TicketView(order.Tickets.Single(ticket => ticket.Id == id)))
            : Problems.Conflict("ticket-not-cooking", "The ticket is not being cooked", reason);
    }
}
