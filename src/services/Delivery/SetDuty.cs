using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Delivery;

/// <summary>A rider begins work, or gets no more deliveries and finishes those that they have.</summary>
static class SetDuty
{
    public static void MapSetDuty(this RouteGroupBuilder riders)
    {
        riders.MapPost("/{id:guid}/on-duty", (Guid id, DeliveryDb db, TimeProvider time, CancellationToken ct) => Set(id, true, db, time, ct)).WithName("StartDuty");
        riders.MapPost("/{id:guid}/off-duty", (Guid id, DeliveryDb db, TimeProvider time, CancellationToken ct) => Set(id, false, db, time, ct)).WithName("EndDuty");
    }

    static async Task<Results<Ok<RiderAtWork>, ProblemHttpResult>> Set(Guid id, bool onDuty, DeliveryDb db, TimeProvider time, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        await db.Riders.Where(rider => rider.Id == id).ExecuteUpdateAsync(rider => rider.SetProperty(r => r.OnDuty, onDuty), ct);
        db.WakeAt(time.GetUtcNow());
        await transaction.CommitAsync(ct);
        return await db.Riders.Where(rider => rider.Id == id).AtWork(db).SingleOrDefaultAsync(ct) is { } rider ? TypedResults.Ok(rider) : Problems.NotFound("rider", id);
    }
}
