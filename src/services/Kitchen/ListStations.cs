using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Kitchen;

/// <summary>The stations of one's stall, or of all for operators, with how many tickets each has.</summary>
static class ListStations
{
    const int MaxStall = 500;

    public static void MapListStations(this RouteGroupBuilder stations) => stations.MapGet("", Handle).WithName("ListStations");

    static async Task<Results<Ok<Page<StationView>>, ProblemHttpResult>> Handle(Paging paging, Caller caller, KitchenDb db, CancellationToken ct, string? stall = null)
    {
        var after = paging.After<Guid?>();
        var errors = new FieldErrors();
        if (!errors.AllowText(stall, "stall", MaxStall)) return errors.Problem();

        var stations = db.Stations.Where(station => caller.IsOperator || station.Stall == caller.Stall).Where(station => after == null || station.Id > after);
        if (!string.IsNullOrEmpty(stall)) stations = stations.Where(station => station.Stall == stall);
        var page = await stations.OrderBy(station => station.Id).Take(paging.Limit + 1).AtWork(db).ToListAsync(ct);
        return TypedResults.Ok(Page.Of(page, paging.Limit, View, station => station.Id));
    }

    public static StationView View(StationAtWork station) => new(station.Id, station.Stall, station.Name, station.Open, station.Load);

    public static IQueryable<StationAtWork> AtWork(this IQueryable<Station> stations, KitchenDb db) =>
        from station in stations
        select new StationAtWork(station.Id, station.Stall, station.Number, station.Open,
            db.Tickets.Count(ticket => ticket.StationId == station.Id && ticket.Status == TicketStatus.Accepted));
}
