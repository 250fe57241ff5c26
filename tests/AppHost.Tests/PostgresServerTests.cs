using Kampung.AppHost.Postgres;
using Kampung.Testing;
using Npgsql;

namespace Kampung.AppHost.Tests;

public sealed class PostgresServerTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    [Fact]
    public async Task A_user_cannot_open_anothers_database_nor_the_ones_that_every_server_has()
    {
        await using var server = await PostgresServer.StartAsync(folder["postgres"]);
        var orders = await server.CreateDatabaseAsync("orders");
        await server.CreateDatabaseAsync("payments");

        await ScalarAsync(orders, "select 1");
        foreach (var other in new[] { "payments", "postgres", "template1" })
        {
            var trespass = new NpgsqlConnectionStringBuilder(orders) { Database = other }.ConnectionString;
            var refusal = await Should.ThrowAsync<PostgresException>(() => ScalarAsync(trespass, "select 1"));
            refusal.SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);
        }
        var guess = new NpgsqlConnectionStringBuilder(orders) { Username = "payments" }.ConnectionString;
        (await Should.ThrowAsync<PostgresException>(() => ScalarAsync(guess, "select 1"))).SqlState.ShouldBe(PostgresErrorCodes.InvalidPassword);
    }

    [Fact]
    public async Task What_was_committed_survives_a_kill_and_a_clean_stop()
    {
        string orders;
        await using (var first = await PostgresServer.StartAsync(folder["postgres"]))
        {
            orders = await first.CreateDatabaseAsync("orders");
            await ScalarAsync(orders, "create table kept (n int)");
            await ScalarAsync(orders, "insert into kept values (7)");
            await first.KillAsync();
            File.Exists(Path.Combine(folder["postgres"], "cluster", "postmaster.pid")).ShouldBeTrue();
        }
        NpgsqlConnection.ClearAllPools();
        await using (var second = await PostgresServer.StartAsync(folder["postgres"]))
        {
            orders = await second.CreateDatabaseAsync("orders");
            (await ScalarAsync(orders, "select n from kept")).ShouldBe(7);
            // It runs on while a second one takes over the folder, as after a killed AppHost whose guardian was killed too.
            await using var third = await PostgresServer.StartAsync(folder["postgres"]);
            orders = await third.CreateDatabaseAsync("orders");
            (await ScalarAsync(orders, "select n from kept")).ShouldBe(7);
        }
        File.Exists(Path.Combine(folder["postgres"], "cluster", "postmaster.pid")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_lock_file_of_another_programs_process_id_does_not_hold_up_the_start()
    {
        await using (await PostgresServer.StartAsync(folder["postgres"])) { }
        var lockFile = Path.Combine(folder["postgres"], "cluster", "postmaster.pid");
        await File.WriteAllTextAsync(lockFile, $"{Environment.ProcessId}\n{folder["postgres"]}\n1700000000\n5432\n\n127.0.0.1\n");
        await using var server = await PostgresServer.StartAsync(folder["postgres"]);
        (await ScalarAsync(server.AdminConnection, "select 1")).ShouldBe(1);
    }

    [Fact]
    public async Task Passwords_are_generated_and_for_their_owners_eyes_only()
    {
        await using var server = await PostgresServer.StartAsync(folder["postgres"]);
        var password = new NpgsqlConnectionStringBuilder(await server.CreateDatabaseAsync("orders")).Password!;
        password.Length.ShouldBe(48);
        if (!OperatingSystem.IsWindows())
            File.GetUnixFileMode(Path.Combine(folder["postgres"], "passwords.json")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (await File.ReadAllTextAsync(Path.Combine(folder["postgres"], "passwords.json"))).ShouldContain(password);
    }

    [Fact]
    public async Task Root_runs_it_as_another_user_also_below_a_folder_that_is_closed_to_others()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only root changes the user.");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await using var server = await PostgresServer.StartAsync(folder["postgres"]);
        var lines = await File.ReadAllLinesAsync(Path.Combine(folder["postgres"], "cluster", "postmaster.pid"));
        var user = (await File.ReadAllLinesAsync($"/proc/{lines[0]}/status")).Single(line => line.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[2];
        user.ShouldNotBe("0");
    }

    [Fact]
    public async Task Root_can_have_the_programs_themselves_below_a_closed_folder()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "Only root changes the user.");
        var binaries = await PostgresBinaries.InstallAsync(Repository.Find().Npm);
        var native = Path.GetDirectoryName(Path.GetDirectoryName(binaries.InitDb))!;
        using (var copy = System.Diagnostics.Process.Start("cp", ["-r", native, folder["native"]])) await copy.WaitForExitAsync();
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(folder.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var cluster = Directory.CreateDirectory(folder["cluster"]).FullName;

        var user = await UnprivilegedUser.FindAsync(folder["native/bin/postgres"], folder.Path);
        if (user.Id is { } id) Ownership.Change(cluster, id);
        var output = new List<string>();
        var initdb = user.Wrap(new Processes.Command(folder["native/bin/initdb"], ["-D", cluster, "--no-sync", "--auth=trust"]));
        (await Processes.ChildProcess.Start(initdb, output.Add).Exited).ShouldBe(0, string.Join('\n', output));
    }

    static async Task<object?> ScalarAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    public void Dispose()
    {
        NpgsqlConnection.ClearAllPools();
        folder.Dispose();
    }
}
