using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Kampung.AppHost.Processes;
using Npgsql;

namespace Kampung.AppHost.Postgres;

/// <summary>
/// A private PostgreSQL data folder: made on first use, and the command that serves it. It listens on 127.0.0.1 only and asks everyone for a password (SCRAM).
/// </summary>
public sealed class PostgresCluster
{
    const string Version = "18";
    const string Admin = "kampung";

    /// <summary>How long its fast shutdown may take: what is in memory goes to disk first, thousands of files, each of them waited for. pg_ctl waits as long.</summary>
    public static readonly TimeSpan ShutsDownWithin = TimeSpan.FromMinutes(1);

    readonly PostgresBinaries binaries;
    readonly UnprivilegedUser user;
    readonly string data;

    PostgresCluster(string folder, PostgresBinaries binaries, UnprivilegedUser user, Passwords passwords) =>
        (data, this.binaries, this.user, Passwords) = (Path.Combine(folder, "cluster"), binaries, user, passwords);

    public Passwords Passwords { get; }

    /// <summary>For people: under whose rights the server runs.</summary>
    public string RunsAs => user.How;

    /// <summary>Makes the folder ready to be served: installs the binaries, runs initdb once, and ends a server that a killed run left on it.</summary>
    /// <exception cref="KampungException">It cannot be.</exception>
    public static async Task<PostgresCluster> OpenAsync(string folder, CancellationToken stop = default)
    {
        folder = Path.GetFullPath(folder);
        Directory.CreateDirectory(folder);
        var binaries = await PostgresBinaries.InstallAsync(Repository.Find().Npm, stop);
        var cluster = new PostgresCluster(folder, binaries, await UnprivilegedUser.FindAsync(binaries.Postgres, folder), Passwords.Open(folder));
        if (Directory.Exists(cluster.data)) await cluster.ReopenAsync();
        else await cluster.CreateAsync(folder);
        return cluster;
    }

    /// <summary>The server in the foreground. SIGINT is its fast shutdown: it ends the sessions and leaves a clean folder.</summary>
    public Command Serve(int port)
    {
        string[] settings =
        [
            $"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=",
            // A laptop's share, and no helper processes that a shop of this size has no use for.
            "max_connections=200", "shared_buffers=64MB", "work_mem=4MB", "maintenance_work_mem=32MB", "min_wal_size=32MB", "max_wal_size=256MB",
            "io_method=sync", "max_parallel_workers_per_gather=0", "max_logical_replication_workers=0", "wal_level=minimal", "max_wal_senders=0",
            // What is acknowledged is on disk.
            "fsync=on", "synchronous_commit=on",
            // Nothing of it lies outside the data folder.
            "dynamic_shared_memory_type=mmap",
            "timezone=UTC", "log_timezone=UTC",
        ];
        return user.Wrap(new Command(binaries.Postgres, ["-D", data, .. settings.SelectMany(setting => new[] { "-c", setting })]) { WorkingDirectory = data });
    }

    /// <summary>For the superuser, who owns no service's database and is given to no service.</summary>
    public string AdminConnection(int port, string database = "postgres") => new NpgsqlConnectionStringBuilder
    {
        Host = "127.0.0.1", Port = port, Database = database, Username = Admin, Password = Passwords.Of(Admin), Pooling = false, Timeout = 5,
    }.ConnectionString;

    /// <summary>Whether the server answers by now. While it recovers from a crash, it does not.</summary>
    public async Task<bool> IsReadyAsync(int port, CancellationToken stop = default)
    {
        try
        {
            await using var connection = new NpgsqlConnection(AdminConnection(port));
            await connection.OpenAsync(stop);
            return true;
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException)
        {
            return false;
        }
    }

    async Task CreateAsync(string folder)
    {
        // Made beside its place and moved there when whole, so that an interrupted initdb is not taken for a cluster.
        var fresh = Path.Combine(folder, "cluster.new");
        var password = Path.Combine(folder, ".initdb-password");
        if (Directory.Exists(fresh)) Directory.Delete(fresh, recursive: true);
        Directory.CreateDirectory(fresh);
        try
        {
            PrivateFile.Write(password, Passwords.Of(Admin));
            if (user.Id is { } id)
            {
                Ownership.Change(fresh, id);
                Ownership.Change(password, id);
            }
            var output = new List<string>();
            var initdb = new Command(binaries.InitDb,
            [
                "-D", fresh, "-U", Admin, "--auth=scram-sha-256", $"--pwfile={password}", "--no-instructions",
                "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C",
            ]);
            var exit = await ChildProcess.Start(user.Wrap(initdb), line => { lock (output) output.Add(line); }).Exited;
            if (exit != 0) throw new KampungException($"PostgreSQL's initdb failed in {folder} (exit code {exit}): {string.Join(' ', output.TakeLast(3))}");
        }
        finally
        {
            File.Delete(password);
        }
        Directory.Move(fresh, data);
    }

    async Task ReopenAsync()
    {
        var version = (await File.ReadAllTextAsync(Path.Combine(data, "PG_VERSION"))).Trim();
        if (version != Version)
            throw new KampungException($"{data} was made by PostgreSQL {version} and this is {Version}: take a dump with the older one, or start anew with the verb reset.");
        // Someone may have started Kampung as an ordinary user before, and now as root.
        if (user.Id is { } id)
            foreach (var path in Directory.EnumerateFileSystemEntries(data, "*", SearchOption.AllDirectories).Prepend(data)) Ownership.Change(path, id);
        await EndLeftoverAsync();
    }

    // postmaster.pid: process id, data folder, start time in seconds since 1970, port, …
    async Task EndLeftoverAsync()
    {
        var file = Path.Combine(data, "postmaster.pid");
        if (!File.Exists(file)) return;
        var lines = await File.ReadAllLinesAsync(file);
        if (lines.Length < 3 || !int.TryParse(lines[0], NumberStyles.Integer, CultureInfo.InvariantCulture, out var id)) return;
        var started = DateTimeOffset.FromUnixTimeSeconds(long.Parse(lines[2], CultureInfo.InvariantCulture));
        if (ProcessIdentity.Of(id) is not { } leftover) return;
        if (IsServer(id, started))
        {
            leftover.Kill();
            for (var wait = Stopwatch.StartNew(); leftover.IsAlive && wait.Elapsed < TimeSpan.FromSeconds(10);) await Task.Delay(20);
        }
        // The number belongs to another program by now, for which the server would refuse to start.
        else File.Delete(file);
    }

    static bool IsServer(int id, DateTimeOffset started)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            return process.ProcessName.StartsWith("postgres", StringComparison.Ordinal) && (process.StartTime.ToUniversalTime() - started).Duration() < TimeSpan.FromSeconds(5);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            return false;
        }
    }
}
