using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Kitchen;

/// <summary>The stations of a stall, or of all, with how many tickets each has.</summary>
static class ListStations
{
    const int MaxStall = 500;

    public static void MapListStations(this RouteGroupBuilder stations) => stations.MapGet("", Handle).WithName("ListStations");

    static async Task<Results<Ok<IReadOnlyList<StationView>>, ProblemHttpResult>> Handle(KitchenDb db, CancellationToken ct, string? stall = null)
    {
        var errors = new FieldErrors();
        if (!errors.AllowText(stall, "stall", MaxStall)) return errors.Problem();
        var stations = await Stations.AtWork(db, string.IsNullOrEmpty(stall) ? null : [stall]).ToListAsync(ct);
        return TypedResults.Ok<IReadOnlyList<StationView>>([.. stations.Select(station => new StationView(station))]);
    }
}
