using Kampung.Messaging;
using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Kampung.Inventory;

/// <summary>Sets all lines of an order aside, or none: as the chief asks, or when a choreographed order was placed. Idempotent by order.</summary>
static class ReserveStock
{
    const int MaxQuantity = 1_000_000;

    /// <param name="Flow">Orchestrated unless given.</param>
    public sealed record Request(Guid OrderId, Guid CustomerId, IReadOnlyList<StockLine> Lines, Flow? Flow = null);

    public static void MapReserveStock(this RouteGroupBuilder reservations) => reservations.MapPost("", Handle).WithName("ReserveStock");

    static async Task<Results<Ok<ReservationView>, ProblemHttpResult>> Handle(Request request, StockDesk desk, IOptionsSnapshot<InventoryOptions> options)
    {
        if (Validate(request, options.Value.MaxLines) is { Any: true } errors) return errors.Problem();
        var reserve = new Reserve(Order.Of(request.OrderId, request.CustomerId, request.Flow ?? Flow.Orchestrated, request.Lines));
        await desk.AskAsync(reserve);
        return reserve.Reservation is { } reservation
            ? TypedResults.Ok(reservation)
            : Problems.Conflict("reservation-differs", "The order has another reservation", "Other lines, or those of another customer, were asked for this order before.");
    }

    /// <summary>The order exists, whoever has its stock set aside; in the choreographed flow this is the asking.</summary>
    public static Task WhenPlaced(OrderPlaced placed, EventContext context)
    {
        context.Services.GetRequiredService<StockRoom>().Ask(new NotePlaced(Order.Of(placed.OrderId, placed.CustomerId, placed.Flow, placed.Lines)));
        return Task.CompletedTask;
    }

    static FieldErrors Validate(Request request, int maxLines)
    {
        var errors = new FieldErrors();
        errors.Require(request.OrderId != Guid.Empty, "orderId", "must be an order's id");
        errors.Require(request.CustomerId != Guid.Empty, "customerId", "must be a customer's id");
        if (!errors.Require(request.Lines.Count >= 1 && request.Lines.Count <= maxLines, "lines", $"must be 1 to {maxLines} lines")) return errors;
        for (var i = 0; i < request.Lines.Count; i++)
        {
            if (errors.Require(request.Lines[i] is not null, $"lines[{i}]", "must be a line"))
                errors.Require(request.Lines[i].Quantity is >= 1 and <= MaxQuantity, $"lines[{i}].quantity", $"must be 1 to {MaxQuantity}");
        }
        return errors;
    }

    sealed class Reserve(Order order) : StockRequest
    {
        public override Guid? OrderId => order.Id;

        public override IEnumerable<Guid> Variants => order.Lines.Select(line => line.VariantId);

        /// <summary>Null when the order has another one.</summary>
        public ReservationView? Reservation { get; private set; }

        public override void CarryOut(StockRoom room)
        {
            var reservation = room.Of(order.Id);
            if (reservation.CustomerId is not null && !reservation.IsOf(order)) return;
            room.Announce(reservation.Reserve(order, room.Shelves, room.Now, room.ReservationExpires));
            Reservation = new(reservation);
        }
    }

    sealed class NotePlaced(Order order) : StockRequest
    {
        public override Guid? OrderId => order.Id;

        public override IEnumerable<Guid> Variants => order.Lines.Select(line => line.VariantId);

        public override void CarryOut(StockRoom room) => room.Announce(room.Of(order.Id).Placed(order, room.Shelves, room.Now, room.ReservationExpires));
    }
}
