using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Delivery;

/// <summary>What all reports of a rider are answered with.</summary>
static class RiderReport
{
    /// <summary>Whether it is this rider's, or an operator asks. It may be another's a moment later; then it is at another point, which the report is told.</summary>
    public static Task<bool> IsOwnAsync(this DeliveryDb db, Guid id, Caller caller, CancellationToken ct) =>
        db.Deliveries.AnyAsync(delivery => delivery.Id == id && (caller.IsOperator || delivery.RiderId == caller.Id), ct);

    public static Results<Ok<DeliveryView>, ProblemHttpResult> Answer(Guid id, Delivery? delivery, string? refusal) => (delivery, refusal) switch
    {
        (null, _) => Problems.NotFound("delivery", id),
        (_, null) => TypedResults.Ok(new DeliveryView(delivery)),
        _ => Problems.Conflict("delivery-out-of-turn", "The delivery is at another point", refusal),
    };
}
