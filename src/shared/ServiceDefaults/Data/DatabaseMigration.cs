using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Kampung.ServiceDefaults.Data;

/// <summary>Brings a database's schema up to date before the process serves.</summary>
abstract class DatabaseMigration
{
    public abstract Task RunAsync(CancellationToken ct);
}

/// <summary>
/// Waits until the database answers (at most <c>Database:StartTimeout</c>, 60 s), then migrates under an advisory lock:
/// instances that start at the same moment go one after the other. EF Core's own lock needs its history table to exist.
/// A database that lacks nothing is asked only that: migrating it would compare the whole model first.
/// </summary>
sealed class DatabaseMigration<TContext>(
    IServiceScopeFactory scopes, NpgsqlDataSource source, IConfiguration configuration, ILogger<DatabaseMigration<TContext>> log) : DatabaseMigration
    where TContext : DbContext
{
    const long MigrationLock = 0x6B616D70756E67; // "kampung"

    public override async Task RunAsync(CancellationToken ct)
    {
        await using var connection = await OpenAsync(ct);
        await ExecuteAsync(connection, "select pg_advisory_lock($1)", ct);
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var database = scope.ServiceProvider.GetRequiredService<TContext>().Database;
            if ((await database.GetPendingMigrationsAsync(ct)).Any()) await database.MigrateAsync(ct);
        }
        finally
        {
            await ExecuteAsync(connection, "select pg_advisory_unlock($1)", CancellationToken.None);
        }
    }

    async Task<NpgsqlConnection> OpenAsync(CancellationToken ct)
    {
        var timeout = configuration.GetValue("Database:StartTimeout", TimeSpan.FromSeconds(60));
        var start = Stopwatch.GetTimestamp();
        for (var delay = TimeSpan.FromMilliseconds(100); ; delay = TimeSpan.FromMilliseconds(Math.Min(delay.TotalMilliseconds * 2, 2000)))
        {
            try
            {
                return await source.OpenConnectionAsync(ct);
            }
            catch (NpgsqlException e) when (IsNotYetThere(e) && Stopwatch.GetElapsedTime(start) < timeout)
            {
                log.LogInformation("Waiting for the database: {Reason}", e.Message);
                await Task.Delay(delay, ct);
            }
        }
    }

    // Starting, or the database or its user is still being created.
    static bool IsNotYetThere(NpgsqlException e) => e.IsTransient || e.SqlState is PostgresErrorCodes.InvalidCatalogName
        or PostgresErrorCodes.InvalidPassword or PostgresErrorCodes.InvalidAuthorizationSpecification;

    static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new() { Value = MigrationLock } }, CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(ct);
    }
}
