using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Delivery;

/// <summary>The rider says that they have the order. Said again, it stays so; 409 when it is not theirs to pick up.</summary>
static class PickUpDelivery
{
    public static void MapPickUpDelivery(this RouteGroupBuilder deliveries) => deliveries.MapPost("/{id:guid}/picked-up", Handle).WithName("PickUpDelivery");

    static async Task<Results<Ok<DeliveryView>, ProblemHttpResult>> Handle(Guid id, Caller caller, DeliveryDesk desk, CancellationToken ct)
    {
        string? refusal = null;
        var delivery = await desk.ChangeAsync(id, caller.Has, (delivery, roster) => delivery.PickUp(roster, out refusal), ct);
        return RiderReport.Answer(id, delivery, refusal);
    }
}
