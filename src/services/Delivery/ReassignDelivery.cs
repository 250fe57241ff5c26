using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Delivery;

/// <summary>Another rider is looked for after an attempt failed. Asked again, or of another attempt than the failed one, nothing happens.</summary>
static class ReassignDelivery
{
    public sealed record Request(Guid OrderId, int Attempt);

    public static void MapReassignDelivery(this RouteGroupBuilder deliveries) => deliveries.MapPost("/reassign", Handle).WithName("ReassignDelivery");

    static async Task<Results<Ok<DeliveryView>, ProblemHttpResult>> Handle(Request request, DeliveryDb db, DeliveryDesk desk, CancellationToken ct)
    {
        var id = await db.Deliveries.Where(delivery => delivery.OrderId == request.OrderId).Select(delivery => (Guid?)delivery.Id).SingleOrDefaultAsync(ct);
        return id is not null && await desk.ChangeAsync(id.Value, _ => true, (delivery, roster) => delivery.Reassign(request.Attempt, roster), ct) is { } delivery
            ? TypedResults.Ok(new DeliveryView(delivery))
            : Problems.NotFound("delivery of order", request.OrderId);
    }
}
