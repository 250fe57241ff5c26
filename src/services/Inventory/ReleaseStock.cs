using Kampung.Messaging;
using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Inventory;

/// <summary>
/// Puts back what is set aside for an order: as the chief asks, or when a choreographed order was not paid, rejected or cancelled.
/// Asked before the reservation it stands in that one's way. Idempotent by order.
/// </summary>
static class ReleaseStock
{
    public static void MapReleaseStock(this RouteGroupBuilder reservations) => reservations.MapDelete("/{orderId:guid}", Handle).WithName("ReleaseStock");

    static async Task<Results<Ok<ReservationView>, ProblemHttpResult>> Handle(Guid orderId, StockDesk desk)
    {
        if (orderId == Guid.Empty) return Problems.Validation("orderId", "must be an order's id");
        var release = new Release(orderId, "called off");
        await desk.AskAsync(release);
        return release.Reservation.Status == ReservationStatus.Sold
            ? Problems.Conflict("already-sold", "The order is completed", "What was set aside for it is sold.")
            : TypedResults.Ok(release.Reservation);
    }

    public static Task WhenUnpaid(PaymentFailed failed, EventContext context) => Undo(failed.OrderId, failed.Flow, "payment failed", context);

    public static Task WhenRejected(OrderRejected rejected, EventContext context) => Undo(rejected.OrderId, rejected.Flow, "order rejected", context);

    public static Task WhenCancelled(OrderCancelled cancelled, EventContext context) => Undo(cancelled.OrderId, cancelled.Flow, "order cancelled", context);

    // In the orchestrated flow the chief has undone everything by then, or will.
    static Task Undo(Guid orderId, Flow flow, string reason, EventContext context)
    {
        if (flow == Flow.Choreographed) context.Services.GetRequiredService<StockRoom>().Ask(new Release(orderId, reason));
        return Task.CompletedTask;
    }

    sealed class Release(Guid orderId, string reason) : StockRequest
    {
        public override Guid? OrderId => orderId;

        public ReservationView Reservation { get; private set; } = null!;

        public override void CarryOut(StockRoom room)
        {
            var reservation = room.Of(orderId);
            room.Announce(reservation.Release(reason, room.Shelves, room.Now));
            Reservation = new(reservation);
        }
    }
}
