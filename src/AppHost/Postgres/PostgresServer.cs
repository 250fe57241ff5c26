using System.Diagnostics;
using Kampung.AppHost.Processes;

namespace Kampung.AppHost.Postgres;

/// <summary>A running PostgreSQL on a free port of 127.0.0.1 with a data folder of its own, for tests and benchmarks.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    readonly PostgresCluster cluster;
    readonly ChildProcess process;

    PostgresServer(PostgresCluster cluster, ChildProcess process, int port) => (this.cluster, this.process, Port) = (cluster, process, port);

    public int Port { get; }

    public string AdminConnection => cluster.AdminConnection(Port);

    /// <summary>Starts the server on the folder, which is made when it is not there, and recovered when the last server on it was killed.</summary>
    /// <exception cref="KampungException">It did not start within a minute; the message has its last output.</exception>
    public static async Task<PostgresServer> StartAsync(string dataFolder, CancellationToken stop = default)
    {
        var cluster = await PostgresCluster.OpenAsync(dataFolder, stop);
        var output = new List<string>();
        var since = Stopwatch.StartNew();
        while (since.Elapsed < TimeSpan.FromMinutes(1))
        {
            var port = FreePort.Next();
            var process = ChildProcess.Start(cluster.Serve(port), line => { lock (output) output.Add(line); });
            // It ends when the port was taken meanwhile, or when sessions of a killed server still end: then again.
            while (!process.Exited.IsCompleted && since.Elapsed < TimeSpan.FromMinutes(1))
            {
                if (await cluster.IsReadyAsync(port, stop))
                {
                    var server = new PostgresServer(cluster, process, port);
                    await PostgresDatabases.CloseTemplatesAsync(server.AdminConnection, stop);
                    return server;
                }
                await Task.WhenAny(process.Exited, Task.Delay(25, stop));
            }
            process.Kill();
            await Task.Delay(100, stop);
        }
        lock (output) throw new KampungException($"PostgreSQL did not start in {dataFolder}: {string.Join(' ', output.TakeLast(5))}");
    }

    /// <summary>Makes a database and its user, or opens the one of this name.</summary>
    /// <returns>The connection string of its user.</returns>
    public async Task<string> CreateDatabaseAsync(string name, CancellationToken stop = default) =>
        (await PostgresDatabases.EnsureAsync(AdminConnection, [name], cluster.Passwords, stop))[name];

    /// <summary>Ends it without warning, as a power cut would.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.Exited;
    }

    /// <summary>Fast shutdown: sessions are ended, the data folder is left clean.</summary>
    public async ValueTask DisposeAsync() => await process.StopAsync(PostgresCluster.ShutsDownWithin, Signal.Interrupt);
}
