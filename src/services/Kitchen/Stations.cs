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
        return new(names.Length == 0 ? [] : await AtWork(db, names).ToListAsync(ct), options.CurrentValue, time.GetUtcNow());
    }

    /// <param name="stalls">Null for all.</param>
    public static IQueryable<StationAtWork> AtWork(KitchenDb db, string[]? stalls) => db.Database.SqlQuery<StationAtWork>(
        $"""
        select id, stall, number, open, (select count(*)::int from tickets where station_id = stations.id and status = 'Accepted') as load
        from stations where {stalls}::text[] is null or stall = any({stalls}) order by stall, number
        """);

    /// <summary>
    /// Sees to it that these stalls have their stations. In a transaction of its own, so that two callers with the same new stalls never wait for each other
    /// crosswise; to be called before the caller begins one, so that nobody holds a connection while waiting for another.
    /// </summary>
    public async Task MakeAsync(IEnumerable<string> stalls, CancellationToken ct)
    {
        var count = options.CurrentValue.StationsPerStall;
        var lacking = stalls.Where(stall => made.GetValueOrDefault(stall) < count).Distinct().ToArray();
        if (lacking.Length == 0) return;

        await using var command = source.CreateCommand(
            """
            insert into stations (id, stall, number, open)
            select gen_random_uuid(), stall, number, true from unnest($1::text[]) stall, generate_series(1, $2) number order by stall, number
            on conflict (stall, number) do nothing
            """);
        command.Parameters.Add(new() { Value = lacking });
        command.Parameters.Add(new() { Value = count });
        await command.ExecuteNonQueryAsync(ct);
        foreach (var stall in lacking) made[stall] = count;
    }
}
