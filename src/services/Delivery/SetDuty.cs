using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Delivery;

/// <summary>
/// A rider begins work, or gets no more deliveries and finishes those that they have. Somebody whose account is a rider's rides from the first POST /riders/me/on-duty on,
/// under the account's id; the others, who have no account, are sent by operators.
/// </summary>
static class SetDuty
{
    public static void MapSetDuty(this RouteGroupBuilder riders)
    {
        riders.MapPost("/{id:guid}/on-duty", (Guid id, DeliveryDb db, TimeProvider time, CancellationToken ct) => Set(id, true, db, time, ct)).WithName("StartDuty");
        riders.MapPost("/{id:guid}/off-duty", (Guid id, DeliveryDb db, TimeProvider time, CancellationToken ct) => Set(id, false, db, time, ct)).WithName("EndDuty");
    }

    public static void MapOwnDuty(this RouteGroupBuilder me)
    {
        me.MapGet("", FindAsync).WithName("GetOwnDuty");
        me.MapPost("/on-duty", StartAsync).WithName("StartOwnDuty");
        me.MapPost("/off-duty", (Caller caller, DeliveryDb db, TimeProvider time, CancellationToken ct) => Set(caller.Id, false, db, time, ct)).WithName("EndOwnDuty");
    }

    /// <summary>Somebody who never rode is off duty, too.</summary>
    static async Task<Ok<RiderAtWork>> FindAsync(Caller caller, DeliveryDb db, CancellationToken ct) => TypedResults.Ok(
        await db.Riders.Where(rider => rider.Id == caller.Id).AtWork(db).SingleOrDefaultAsync(ct) ?? new RiderAtWork(caller.Id, caller.Name ?? "", OnDuty: false, Load: 0));

    static async Task<Results<Ok<RiderAtWork>, ProblemHttpResult>> StartAsync(Caller caller, DeliveryDb db, TimeProvider time, CancellationToken ct)
    {
        // Names are unique, as people tell riders apart by them.
        var name = caller.Name is { Length: > 0 and <= 100 } known ? known : $"rider {caller.Id.ToString()[^6..]}";
        await db.Database.ExecuteSqlAsync($"insert into riders (id, name, on_duty) values ({caller.Id}, {name}, true) on conflict do nothing", ct);
        await db.Database.ExecuteSqlAsync(
            $"insert into riders (id, name, on_duty) values ({caller.Id}, {$"{name} ({caller.Id.ToString()[^6..]})"}, true) on conflict (id) do nothing", ct);
        return await Set(caller.Id, true, db, time, ct);
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
