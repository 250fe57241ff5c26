using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Kampung.Kitchen;

/// <summary>
/// Opens a station, or closes it: it cooks nothing then, so that what it has becomes overdue and can go elsewhere. An opened one begins anew with what it has.
/// </summary>
static class OpenStation
{
    public static void MapOpenStation(this RouteGroupBuilder stations)
    {
        stations.MapPost("/{id:guid}/open", (Guid id, Caller caller, KitchenDb db, IOptionsMonitor<KitchenOptions> options, TimeProvider time, CancellationToken ct) =>
            SetAsync(id, open: true, caller, db, options.CurrentValue, time, ct)).WithName("OpenStation");
        stations.MapPost("/{id:guid}/close", (Guid id, Caller caller, KitchenDb db, IOptionsMonitor<KitchenOptions> options, TimeProvider time, CancellationToken ct) =>
            SetAsync(id, open: false, caller, db, options.CurrentValue, time, ct)).WithName("CloseStation");
    }

    static async Task<Results<Ok<StationView>, ProblemHttpResult>> SetAsync(
        Guid id, bool open, Caller caller, KitchenDb db, KitchenOptions options, TimeProvider time, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var station = (await db.Stations.FromSql($"select * from stations where id = {id} for update").ToListAsync(ct)).SingleOrDefault();
        if (station is null || !(caller.IsOperator || station.Stall == caller.Stall)) return Problems.NotFound("station", id);
        if (station.SetOpen(open) && open && !options.ByHand) await BeginAnewAsync();
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
        return TypedResults.Ok(ListStations.View(await db.Stations.Where(s => s.Id == id).AtWork(db).SingleAsync(ct)));

        async Task BeginAnewAsync()
        {
            var ready = time.GetUtcNow() + options.PreparationTime;
            // The orders first, as everybody locks them before their tickets.
            await db.Database.ExecuteSqlAsync(
                $"""
                with mine as (
                    select order_id from orders where order_id in (select order_id from tickets where station_id = {id} and status = 'Accepted')
                    order by order_id for update),
                begun as (
                    update tickets set wake_at = {ready} where station_id = {id} and status = 'Accepted' and order_id in (select order_id from mine))
                update orders set wake_at = least(wake_at, {ready}) where order_id in (select order_id from mine)
                """, ct);
            db.WakeAt(ready);
        }
    }
}
