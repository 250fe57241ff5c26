using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Kampung.Kitchen;

/// <summary>The stations of the stalls, made when a stall has its first ticket.</summary>
sealed class Stations(NpgsqlDataSource source, IOptionsMonitor<KitchenOptions> options, TimeProvider time)
{
    readonly ConcurrentDictionary<string, int> made = new(StringComparer.Ordinal);

    /// <summary>Who works in the kitchens of these stalls now.</summary>
    public async Task<Shift> ShiftAsync(KitchenDb db, IEnumerable<string> stalls, CancellationToken ct)
    {
        var names = stalls.Distinct().ToArray();
        return new(names.Length == 0 ? [] : await db.Stations.Where(station => names.Contains(station.Stall)).OrderBy(station => station.Number).AtWork(db).ToListAsync(ct), options.CurrentValue, time.GetUtcNow());
    }

    /// <summary>
    /// Sees to it that these stalls have their stations. In a transaction of its own, so that two callers with the same new stalls never wait for each other crosswise.
    /// </summary>
    public async Task MakeAsync(IEnumerable<string> stalls, CancellationToken ct)
    {
        var count = options.CurrentValue.StationsPerStall;
        var lacking = stalls.Where(stall => made.GetValueOrDefault(stall) < count).Distinct().Order(StringComparer.Ordinal).ToArray();
        if (lacking.Length == 0) return;

        // A millisecond apart, so that a stall's stations sort by their ids.
        var now = time.GetUtcNow();
        var stations = (from stall in lacking from number in Enumerable.Range(1, count) select (Id: Guid.CreateVersion7(now.AddMilliseconds(number)), stall, number)).ToList();
        await using var command = source.CreateCommand(
            """
            insert into stations (id, stall, number, open)
            select id, stall, number, true from unnest($1::uuid[], $2::text[], $3::int[]) as first (id, stall, number)
            on conflict (stall, number) do nothing
            """);
        command.Parameters.Add(new() { Value = stations.Select(station => station.Id).ToArray() });
        command.Parameters.Add(new() { Value = stations.Select(station => station.stall).ToArray() });
        command.Parameters.Add(new() { Value = stations.Select(station => station.number).ToArray() });
        await command.ExecuteNonQueryAsync(ct);
        foreach (var stall in lacking) made[stall] = count;
    }
}
