using Kampung.AppHost.Postgres;
using Npgsql;

namespace Kampung.Testing;

/// <summary>
/// One real PostgreSQL for a test assembly: <c>[assembly: AssemblyFixture(typeof(TestPostgres))]</c>, or <see cref="StartAsync"/> and dispose.
/// Each test asks for a database of its own.
/// </summary>
public sealed class TestPostgres : IAsyncDisposable
{
    readonly TemporaryFolder folder = new();
    readonly Lazy<Task<PostgresServer>> server;
    int databases;

    public TestPostgres() => server = new(() => PostgresServer.StartAsync(folder["postgres"]));

    public static async Task<TestPostgres> StartAsync()
    {
        var postgres = new TestPostgres();
        await postgres.server.Value;
        return postgres;
    }

    /// <summary>The server itself: its port, its superuser's connection, to kill it.</summary>
    public Task<PostgresServer> Server => server.Value;

    /// <summary>Makes a fresh database with a user of its own; the name only helps a reader of logs.</summary>
    /// <returns>Its connection string, with a small pool: many tests share the server's 200 connections.</returns>
    public async Task<string> CreateDatabaseAsync(string name = "test")
    {
        var connection = await (await server.Value).CreateDatabaseAsync($"{name}_{Interlocked.Increment(ref databases)}");
        return new NpgsqlConnectionStringBuilder(connection) { MaxPoolSize = 10 }.ConnectionString;
    }

    public async ValueTask DisposeAsync()
    {
        if (server.IsValueCreated) await (await server.Value).DisposeAsync();
        NpgsqlConnection.ClearAllPools();
        folder.Dispose();
    }
}
