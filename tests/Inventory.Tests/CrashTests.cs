using Kampung.Testing;
using Npgsql;

namespace Kampung.Inventory.Tests;

/// <summary>A storehouse of its own that soon forgets.</summary>
public sealed class Forgetful(Storehouse house) : IAsyncLifetime
{
    public Storehouse House { get; private set; } = null!;

    public async ValueTask InitializeAsync() => House = await house.ApartAsync(new() { ["Inventory__EndedReservationsKept"] = "00:00:02" });

    public ValueTask DisposeAsync() => House.DisposeAsync();
}

/// <summary>The process dies in the middle: all of it happened, or nothing. What happened and is over is forgotten.</summary>
public sealed class CrashTests(Forgetful forgetful) : IClassFixture<Forgetful>
{
    Storehouse House => forgetful.House;

    [Fact]
    public async Task A_reservation_whose_process_died_before_its_commit_is_not_there_and_can_be_made_again()
    {
        var database = House.ConnectionString;
        var pot = await House.StockedAsync(5);
        var (called, told) = (Wanted.Of(pot, 2), Wanted.Of(pot, 1));
        Task<HttpResponseMessage> asked;
        await using (var connection = new NpgsqlConnection(database))
        {
            await connection.OpenAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            // Both stand before a row that is locked when the process is killed.
            await ScalarAsync(connection, $"select 1::bigint from stock where variant_id = '{pot}' for update");
            asked = House.ReserveAsync(called);
            await House.Says("order-placed", told);
            await Eventually.Is(async () => await WaitingAsync(database) == 2);
            await House.Process.KillAsync();
            await Should.ThrowAsync<HttpRequestException>(asked);
            await transaction.RollbackAsync();
        }
        await Eventually.Is(async () => await WaitingAsync(database) == 0);
        await using (var connection = new NpgsqlConnection(database))
        {
            await connection.OpenAsync();
            (await ScalarAsync(connection,
                $"""
                select (select count(*) from reservations where order_id in ('{called.OrderId}', '{told.OrderId}')) + (select count(*) from outbox where topic like 'stock-%')
                  + (select reserved from stock where variant_id = '{pot}')
                """)).ShouldBe(0);
        }

        await House.Process.StartAgainAsync();
        await House.Becomes(told.OrderId, "reserved");
        (await House.ReservedAsync(called)).Status.ShouldBe("reserved");
        (await House.StockAsync(pot)).Places.ShouldBe((2, 3, 0));
        await House.ToldAsync("stock-reserved", called.OrderId);
    }

    [Fact]
    public async Task Ended_reservations_are_forgotten_in_time_and_what_is_set_aside_is_not()
    {
        var pot = await House.StockedAsync(5);
        var (held, released, rejected) = (Wanted.Of(pot, 1), Wanted.Of(pot, 1), Wanted.Of(pot, 50));
        await House.ReservedAsync(released);
        await House.ReleasedAsync(released.OrderId);
        await House.ReservedAsync(rejected);
        await House.ReservedAsync(held);

        foreach (var order in new[] { released, rejected }) await Eventually.Is(async () => await House.FindAsync(order.OrderId) is null);
        (await House.FindAsync(held.OrderId))!.Status.ShouldBe("reserved");
        (await House.StockAsync(pot)).Places.ShouldBe((4, 1, 0));
    }

    /// <summary>Transactions that wait for a lock in this database.</summary>
    static async Task<long> WaitingAsync(string database)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        return await ScalarAsync(connection, "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'");
    }

    static async Task<long> ScalarAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
