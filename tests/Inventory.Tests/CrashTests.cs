using Kampung.Testing;
using Npgsql;

namespace Kampung.Inventory.Tests;

/// <summary>The process dies in the middle: all of it happened, or nothing.</summary>
public sealed class CrashTests(Storehouse house)
{
    [Fact]
    public async Task A_reservation_whose_process_died_before_its_commit_is_not_there_and_can_be_made_again()
    {
        await using var dying = await house.ApartAsync();
        var database = dying.ConnectionString;
        var pot = await dying.StockedAsync(5);
        var (called, told) = (Wanted.Of(pot, 2), Wanted.Of(pot, 1));
        Task<HttpResponseMessage> asked;
        await using (var connection = new NpgsqlConnection(database))
        {
            await connection.OpenAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            // Both stand before a row that is locked when the process is killed.
            await ScalarAsync(connection, $"select 1::bigint from stock where variant_id = '{pot}' for update");
            asked = dying.ReserveAsync(called);
            await dying.Says("order-placed", told);
            await Eventually.Is(async () => await WaitingAsync(database) == 2);
            await dying.Process.KillAsync();
            await Should.ThrowAsync<HttpRequestException>(asked);
            await transaction.RollbackAsync();
        }
        await Eventually.Is(async () => await WaitingAsync(database) == 0);
        await using (var connection = new NpgsqlConnection(database))
        {
            await connection.OpenAsync();
            (await ScalarAsync(connection, "select (select count(*) from reservations) + (select count(*) from outbox) + (select sum(reserved)::bigint from stock)")).ShouldBe(0);
        }

        await dying.Process.StartAgainAsync();
        await dying.Becomes(told.OrderId, "reserved");
        (await dying.ReservedAsync(called)).Status.ShouldBe("reserved");
        (await dying.StockAsync(pot)).Places.ShouldBe((2, 3, 0));
        await dying.ToldAsync("stock-reserved", called.OrderId);
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
