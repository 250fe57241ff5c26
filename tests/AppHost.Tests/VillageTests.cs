using System.Diagnostics;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Kampung.AppHost.Processes;
using Kampung.AppHost.Supervision;
using Kampung.Testing;
using Npgsql;

namespace Kampung.AppHost.Tests;

/// <summary>The whole village, started once for the tests of the class.</summary>
public sealed class VillageFixture : IAsyncLifetime
{
    public Testing.Village Village { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Village = await Testing.Village.StartAsync("--scale", "payment-service=2", "--set", "payment-service:Kampung:Tested=yes");

    public ValueTask DisposeAsync() => Village.DisposeAsync();
}

public sealed class VillageTests(VillageFixture fixture) : IClassFixture<VillageFixture>
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    readonly Testing.Village village = fixture.Village;

    [Fact]
    public async Task When_it_is_ready_all_processes_are_up_and_the_catalogue_is_at_the_gateway()
    {
        var processes = await village.Control.ProcessesAsync();
        processes.Select(process => process.Name).ShouldBe(
        [
            "postgresql", "broker", "registry", "config-server", "customer-service", "product-service", "inventory-service", "order-service",
            "payment-service", "payment-service-2", "kitchen-service", "delivery-service", "notification-service", "identity-service", "gateway",
        ]);
        var start = village.Output.TakeWhile(line => !line.StartsWith("ready: ", StringComparison.Ordinal)).ToList();
        foreach (var process in processes) start.ShouldContain(line => line.EndsWith($"{process.Name} up", StringComparison.Ordinal));
        start.ShouldNotContain(line => line.Contains("restarting", StringComparison.Ordinal) || line.Contains("failed", StringComparison.Ordinal));
        using var answer = await village.Gateway.GetAsync("/api/products?limit=1");
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        village.Output.ShouldContain($"ready: {village.Control.File.Gateway}");
    }

    [Fact]
    public async Task People_sign_in_at_the_gateway_and_demo_users_are_printed()
    {
        var issuer = $"{village.Control.File.Gateway}/identity";
        var discovery = JsonDocument.Parse(await village.Gateway.GetStringAsync("/identity/.well-known/openid-configuration")).RootElement;
        discovery.GetProperty("issuer").GetString().ShouldBe(issuer);
        JsonDocument.Parse(await village.Gateway.GetStringAsync(discovery.GetProperty("jwks_uri").GetString())).RootElement.GetProperty("keys").GetArrayLength().ShouldBe(1);
        using var home = await village.Gateway.GetAsync("/identity/");
        home.Headers.Location!.OriginalString.ShouldBe("/identity/sign-in");
        var page = await village.Gateway.GetAsync(home.Headers.Location);
        (await page.Content.ReadAsStringAsync()).ShouldContain("""<form method="post" action="/identity/sign-in">""");

        // The cookie and the token of the form, and what was printed.
        var typed = village.Output.Single(line => line.Contains("customer@demo.example", StringComparison.Ordinal)).Split("password ")[1];
        using var form = new HttpRequestMessage(HttpMethod.Post, "/identity/sign-in")
        {
            Headers = { { "Cookie", page.Headers.GetValues("Set-Cookie").Single().Split(';')[0] } },
            Content = new FormUrlEncodedContent(new Dictionary<string, string>
            {
                ["email"] = "customer@demo.example", ["password"] = typed, ["__RequestVerificationToken"] = (await page.Content.ReadAsStringAsync()).Split("value=\"")[1].Split('"')[0],
            }),
        };
        using var signedIn = await village.Gateway.SendAsync(form);
        signedIn.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        signedIn.Headers.GetValues("Set-Cookie").ShouldContain(cookie => cookie.StartsWith("kampung-session=", StringComparison.Ordinal) && cookie.Contains("path=/identity", StringComparison.Ordinal) && cookie.Contains("httponly", StringComparison.Ordinal));

        (await village.Gateway.GetAsync("/identity/keys")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await village.Gateway.GetAsync("/identity/dead-letters")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Each_service_has_a_database_that_no_other_service_can_open()
    {
        foreach (var service in Village.Services) await ScalarAsync(village.Database(service.Database!), "select 1");
        foreach (var service in Village.Services.Skip(1))
        {
            var trespass = new NpgsqlConnectionStringBuilder(village.Database(service.Database!)) { Database = "customers" }.ConnectionString;
            (await Should.ThrowAsync<PostgresException>(() => ScalarAsync(trespass, "select 1"))).SqlState.ShouldBe(PostgresErrorCodes.InsufficientPrivilege);
        }
    }

    [Fact]
    public async Task A_killed_service_is_started_again_and_both_table_and_status_say_so()
    {
        var before = await village.Control.ProcessAsync("customer-service");
        await village.Control.SendAsync("customer-service", "kill");
        await Eventually.Is(async () => await village.Control.ProcessAsync("customer-service") is { State: ProcessState.Up } now && now.Pid != before.Pid, Patience);
        var after = await village.Control.ProcessAsync("customer-service");
        after.Restarts.ShouldBe(before.Restarts + 1);
        after.Port.ShouldBe(before.Port);
        village.Output.ShouldContain(line => line.Contains("customer-service restarting (was killed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task PostgreSQL_too_comes_back_after_a_kill()
    {
        var before = await village.Control.ProcessAsync("postgresql");
        await village.Control.SendAsync("postgresql", "kill");
        await Eventually.Is(async () => await village.Control.ProcessAsync("postgresql") is { State: ProcessState.Up } now && now.Pid != before.Pid, Patience);
        NpgsqlConnection.ClearAllPools();
        (await ScalarAsync(village.Database("orders"), "select 1")).ShouldBe(1);
    }

    [Fact]
    public async Task A_paused_process_hangs_until_it_is_resumed()
    {
        using var client = new HttpClient { BaseAddress = village.ClientOf("notification-service").BaseAddress, Timeout = TimeSpan.FromMilliseconds(500) };
        await village.Control.SendAsync("notification-service", "pause");
        (await village.Control.ProcessAsync("notification-service")).State.ShouldBe(ProcessState.Paused);
        await Should.ThrowAsync<TaskCanceledException>(() => client.GetAsync("/health/live"));
        await village.Control.SendAsync("notification-service", "resume");
        await Eventually.Is(async () => (await client.GetAsync("/health/live")).IsSuccessStatusCode);
    }

    [Fact]
    public async Task A_stopped_process_stays_stopped_until_it_is_started()
    {
        (await village.Control.SendAsync("payment-service-2", "stop")).State.ShouldBe(ProcessState.Stopped);
        (await Should.ThrowAsync<KampungException>(() => village.Control.SendAsync("payment-service-2", "kill"))).Message.ShouldBe("payment-service-2 is not running.");
        await village.Control.SendAsync("payment-service-2", "start");
        await Eventually.Is(async () => (await village.Control.ProcessAsync("payment-service-2")).State == ProcessState.Up, Patience);
        (await Should.ThrowAsync<KampungException>(() => village.Control.SendAsync("pizza-service", "start"))).Message.ShouldBe("There is no process 'pizza-service'.");
    }

    [Fact]
    public async Task The_control_endpoint_answers_only_to_who_can_read_its_token()
    {
        using var stranger = new HttpClient { BaseAddress = new Uri(village.Control.File.Url) };
        (await stranger.GetAsync("/processes")).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        if (!OperatingSystem.IsWindows()) File.GetUnixFileMode(village.Data.Control).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    [Fact]
    public async Task Status_and_logs_show_the_running_village()
    {
        var status = await AppHostCommand.RunAsync("status", "--data", village.Data.Path);
        status.Exit.ShouldBe(0, status.Error);
        status.Output.ShouldContain("payment-service-2 ");
        status.Output.ShouldContain($"gateway: {village.Control.File.Gateway}");
        var logs = await AppHostCommand.RunAsync("logs", "postgresql", "--data", village.Data.Path);
        logs.Output.ShouldContain("database system is ready to accept connections");
    }

    [Fact]
    public async Task A_setting_for_one_service_reaches_only_its_processes()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Environments of other processes are read from /proc.");
        (await EnvironmentAsync("payment-service")).ShouldContain("Kampung__Tested=yes");
        (await EnvironmentAsync("payment-service-2")).ShouldContain("Kampung__Tested=yes");
        (await EnvironmentAsync("order-service")).ShouldNotContain("Kampung__Tested=yes");
    }

    async Task<string> EnvironmentAsync(string name) => await File.ReadAllTextAsync($"/proc/{(await village.Control.ProcessAsync(name)).Pid}/environ");

    internal static async Task<object?> ScalarAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}

public sealed class VillageEndTests
{
    // With one service the village starts in seconds; what is tested here is the same for all processes.
    static readonly string[] OnlyPayments = [.. Village.Services.SelectMany(service => new[] { "--scale", $"{service.Name}={(service.Name == "payment-service" ? 1 : 0)}" })];

    [Fact]
    public async Task A_killed_AppHost_leaves_no_process_behind_not_even_a_paused_one_and_starts_again_on_its_data()
    {
        await using var village = await Testing.Village.StartAsync(OnlyPayments);
        await village.Control.SendAsync("broker", "pause");
        var tree = village.AppHost.Tree().Select(ProcessIdentity.Of).OfType<ProcessIdentity>().ToList();
        tree.Count.ShouldBeGreaterThan(8, "AppHost, its guardian, five programs, PostgreSQL and its helpers");

        await village.KillAsync();

        await Eventually.Is(() => tree.All(process => !process.IsAlive), TimeSpan.FromSeconds(20));
        await village.StartAgainAsync();
        (await village.Control.ProcessesAsync()).ShouldAllBe(process => process.State == ProcessState.Up);
    }

    [Fact]
    public async Task When_the_guardian_is_killed_too_the_next_start_ends_the_orphans()
    {
        await using var village = await Testing.Village.StartAsync(OnlyPayments);
        var orphans = (await village.Control.ProcessesAsync()).Select(process => ProcessIdentity.Of(process.Pid!.Value)!).ToList();
        foreach (var id in village.AppHost.Tree())
            if (IsGuardian(id)) Process.GetProcessById(id).Kill();

        await village.KillAsync();

        orphans.ShouldContain(process => process.IsAlive);
        await village.StartAgainAsync();
        await Eventually.Is(() => orphans.All(process => !process.IsAlive));
        village.Output.ShouldContain(line => line.Contains("processes of a run that was killed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Ctrl_C_stops_the_gateway_first_and_PostgreSQL_last_and_leaves_nothing()
    {
        Assert.SkipWhen(IgnoresInterrupts, "A shell started these tests in the background, where nobody hears Ctrl+C. Start them in the foreground.");
        await using var village = await Testing.Village.StartAsync(OnlyPayments);
        var tree = village.AppHost.Tree().Select(ProcessIdentity.Of).OfType<ProcessIdentity>().ToList();

        (await village.StopAsync()).ShouldBe(0);

        var output = string.Join('\n', village.Output);
        var stopped = Regex.Matches(output, @"s  (\S+) stopped$", RegexOptions.Multiline).Select(line => line.Groups[1].Value).ToList();
        stopped.First().ShouldBe("gateway", output);
        stopped.IndexOf("payment-service").ShouldBeLessThan(stopped.IndexOf("broker"), output);
        stopped.Last().ShouldBe("postgresql", output);
        tree.ShouldAllBe(process => !process.IsAlive);
        File.Exists(village.Data.Control).ShouldBeFalse();
        File.Exists(Path.Combine(village.Data.Postgres, "cluster", "postmaster.pid")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_given_PostgreSQL_and_a_given_Kafka_are_used_instead_of_our_own()
    {
        await using var postgres = await TestPostgres.StartAsync();
        await using var broker = await TestBroker.StartAsync();
        var admin = (await postgres.Server).AdminConnection;
        await using var village = await Testing.Village.StartAsync(
        [
            .. OnlyPayments, "--external", $"postgres={admin}", "--external", $"kafka={broker.BootstrapServers}",
        ]);

        (await village.Control.ProcessesAsync()).Select(process => process.Name).ShouldBe(["registry", "config-server", "payment-service", "gateway"]);
        var payments = new NpgsqlConnectionStringBuilder(admin) { Database = "payments" }.ConnectionString;
        (await VillageTests.ScalarAsync(payments, "select count(*) > 0 from information_schema.tables where table_schema = 'public'")).ShouldBe(true);
        village.Kafka.ShouldBe(broker.BootstrapServers);
    }

    /// <summary>What a process does not listen to when it starts, its children do not either (proc_pid_status(5): SigIgn, one bit a signal; SIGINT is the second one).</summary>
    static bool IgnoresInterrupts =>
        (Convert.ToUInt64(File.ReadLines("/proc/self/status").Single(line => line.StartsWith("SigIgn:", StringComparison.Ordinal))[7..].Trim(), 16) & 2) != 0;

    static bool IsGuardian(int id) => File.ReadAllText($"/proc/{id}/cmdline").Split('\0').Contains(Guardian.Verb);
}
