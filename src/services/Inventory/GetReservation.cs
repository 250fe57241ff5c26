using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Inventory;

/// <summary>What is set aside for an order, or was.</summary>
static class GetReservation
{
    public static void MapGetReservation(this RouteGroupBuilder reservations) => reservations.MapGet("/{orderId:guid}", Handle).WithName("GetReservation");

    static async Task<Results<Ok<ReservationView>, ProblemHttpResult>> Handle(Guid orderId, InventoryDb db, CancellationToken ct) =>
        await db.Reservations.AsNoTracking().SingleOrDefaultAsync(r => r.OrderId == orderId && r.Status != null, ct) is { } reservation
            ? TypedResults.Ok(new ReservationView(reservation))
            : Problems.NotFound("reservation of order", orderId);
}
