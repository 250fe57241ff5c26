using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Kampung.Delivery;

/// <summary>One more rider, on duty. Names are unique, as people tell riders apart by them.</summary>
static class AddRider
{
    public sealed record Request(string Name);

    public static void MapAddRider(this RouteGroupBuilder riders) => riders.MapPost("", Handle).WithName("AddRider");

    static async Task<Results<Created<RiderAtWork>, ProblemHttpResult>> Handle(Request request, DeliveryDb db, TimeProvider time, CancellationToken ct)
    {
        var errors = new FieldErrors();
        if (!errors.RequireText(request.Name, "name", 100)) return errors.Problem();

        var rider = Rider.Hire(request.Name.Trim(), time.GetUtcNow());
        db.Riders.Add(rider);
        try
        {
            await using var transaction = await db.Database.BeginTransactionAsync(ct);
            await db.SaveChangesAsync(ct);
            db.WakeAt(time.GetUtcNow());
            await transaction.CommitAsync(ct);
        }
        catch (DbUpdateException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            return Problems.Conflict("rider-exists", "There is a rider of this name", $"{rider.Name} rides already.");
        }
        return TypedResults.Created((string?)null, new RiderAtWork(rider.Id, rider.Name, rider.OnDuty, Load: 0));
    }
}
