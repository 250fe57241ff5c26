using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Delivery;

/// <summary>What all reports of a rider are answered with.</summary>
static class RiderReport
{
    public static Results<Ok<DeliveryView>, ProblemHttpResult> Answer(Guid id, Delivery? delivery, string? refusal) => (delivery, refusal) switch
    {
        (null, _) => Problems.NotFound("delivery", id),
        (_, null) => TypedResults.Ok(new DeliveryView(delivery)),
        _ => Problems.Conflict("delivery-out-of-turn", "The delivery is at another point", refusal),
    };
}
