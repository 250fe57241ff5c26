using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Delivery;

/// <summary>What all reports of a rider are answered with.</summary>
static class RiderReport
{
    /// <summary>Whether it is this rider's, or an operator asks. To be asked under the delivery's lock: it may be another's a moment later.</summary>
    public static bool Has(this Caller caller, Delivery delivery) => caller.IsOperator || delivery.RiderId == caller.Id;

    public static Results<Ok<DeliveryView>, ProblemHttpResult> Answer(Guid id, Delivery? delivery, string? refusal) => (delivery, refusal) switch
    {
        (null, _) => Problems.NotFound("delivery", id),
        (_, null) => TypedResults.Ok(new DeliveryView(delivery)),
        _ => Problems.Conflict("delivery-out-of-turn", "The delivery is at another point", refusal),
    };
}
