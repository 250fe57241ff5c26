using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Delivery;

/// <summary>The rider says that the customer has the order. Said again, it stays so; 409 when it was not picked up.</summary>
static class CompleteDelivery
{
    public static void MapCompleteDelivery(this RouteGroupBuilder deliveries) => deliveries.MapPost("/{id:guid}/delivered", Handle).WithName("CompleteDelivery");

    static async Task<Results<Ok<DeliveryView>, ProblemHttpResult>> Handle(Guid id, Caller caller, DeliveryDesk desk, CancellationToken ct)
    {
        string? refusal = null;
        var delivery = await desk.ChangeAsync(id, caller.Has, (delivery, roster) => delivery.Complete(roster.Now, out refusal), ct);
        return RiderReport.Answer(id, delivery, refusal);
    }
}
