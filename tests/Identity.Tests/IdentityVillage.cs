using System.Text.Json;
using Kampung.AppHost;
using Kampung.AppHost.Processes;
using Kampung.Identity.Tests;
using Kampung.Testing;
using MimeKit;
using Npgsql;
using FreePort = Kampung.Testing.FreePort;

[assembly: AssemblyFixture(typeof(IdentityVillage))]

namespace Kampung.Identity.Tests;

/// <summary>identity-service in two instances, and those who hear it: customer-service and notification-service with its mailbox.</summary>
public sealed class IdentityVillage : IAsyncLifetime
{
    public const string Password = "satay with peanut sauce";

    static readonly string Node = Path.Combine(Repository.Find().Root, "tests", "Identity.Tests", "openid-client");

    readonly TemporaryFolder folder = new();
    readonly TestPostgres postgres = new();
    readonly List<ServiceProcess> processes = [];
    readonly int port = FreePort.Next();
    TestBroker broker = null!;
    string database = "", customersDatabase = "", notificationsDatabase = "";

    /// <summary>The public address, at which the first instance is.</summary>
    public string Issuer => $"http://127.0.0.1:{port}/identity";

    public string RedirectUri => $"http://127.0.0.1:{port}/callback";

    public ServiceProcess First { get; private set; } = null!;
    public ServiceProcess Second { get; private set; } = null!;
    public ServiceProcess Customers { get; private set; } = null!;

    public IReadOnlyList<ServiceProcess> Processes
    {
        get
        {
            lock (processes) return [.. processes];
        }
    }

    public string Keys => folder["keys"];

    public async ValueTask InitializeAsync()
    {
        var npm = Npm.InstallAsync(Node);
        var starting = TestBroker.StartAsync();
        database = await postgres.CreateDatabaseAsync("identity");
        broker = await starting;
        var customers = StartAsync("Customers", customersDatabase = await postgres.CreateDatabaseAsync("customers"));
        var notifications = StartAsync("Notifications", notificationsDatabase = await postgres.CreateDatabaseAsync("notifications"), new() { ["Sending__Mailbox"] = folder["mailbox"], ["Sending__Poll"] = "00:00:00.050" });
        // At the same moment, on an empty database and without a key.
        var instances = await Task.WhenAll(
            StartIdentityAsync(new() { ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}", ["Identity__PasswordIterations"] = "10000" }),
            StartIdentityAsync(new() { ["Identity__DemoUsers"] = "true" }));
        (First, Second) = (instances[0], instances[1]);
        Customers = await customers;
        await notifications;
        await npm;
    }

    /// <summary>One more instance, on the same database and folder unless told otherwise.</summary>
    public Task<ServiceProcess> StartIdentityAsync(Dictionary<string, string?>? settings = null, string? on = null)
    {
        Dictionary<string, string?> all = new()
        {
            ["Identity__Issuer"] = Issuer,
            ["Identity__Keys"] = Keys,
            ["Identity__RefreshTokenReuseLeeway"] = "00:00:04",
            ["Identity__KeyPoll"] = "00:00:00.200",
            ["Identity__KeyAnnouncement"] = "00:00:05",
        };
        foreach (var (name, value) in settings ?? []) all[name] = value;
        return StartAsync("Identity", on ?? database, all);
    }

    public Task<string> CreateDatabaseAsync() => postgres.CreateDatabaseAsync("identity");

    async Task<ServiceProcess> StartAsync(string project, string connection, Dictionary<string, string?>? settings = null)
    {
        var process = await ServiceProcess.StartAsync(project, new(settings ?? [])
        {
            ["ConnectionStrings__Postgres"] = connection,
            ["Kafka__BootstrapServers"] = broker.BootstrapServers,
            ["Kafka__Partitions"] = "2",
            ["Discovery__Provider"] = "static",
        });
        lock (processes) processes.Add(process);
        return process;
    }

    public Browser Browser(ServiceProcess? instance = null) => new((instance ?? First).BaseAddress);

    public TopicReader Topic(string name) => new(broker.BootstrapServers, name);

    /// <summary>Letters to this address, oldest first.</summary>
    public IReadOnlyList<MimeMessage> Letters(string email) => !Directory.Exists(folder["mailbox"]) ? [] :
        [.. Directory.GetFiles(folder["mailbox"], "*.eml").Order(StringComparer.Ordinal).Select(file => MimeMessage.Load(file)).Where(letter => letter.To.Mailboxes.Single().Address == email)];

    /// <summary>Speaks as the other services do.</summary>
    public EventPublisher Publisher() => new(broker.BootstrapServers);

    public Task<T> QueryAsync<T>(string sql, params object[] values) => QueryAsync<T>(database, sql, values);

    public Task<T> QueryCustomersAsync<T>(string sql) => QueryAsync<T>(customersDatabase, sql);

    public Task<T> QueryNotificationsAsync<T>(string sql) => QueryAsync<T>(notificationsDatabase, sql);

    static async Task<T> QueryAsync<T>(string database, string sql, params object[] values)
    {
        await using var connection = new NpgsqlConnection(database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return (T)(await command.ExecuteScalarAsync())!;
    }

    /// <returns>What the script wrote last, which is JSON.</returns>
    public async Task<JsonElement> NodeAsync(string script, params string[] arguments)
    {
        List<string> lines = [];
        var process = ChildProcess.Start(new Command("node", [script, .. arguments]) { WorkingDirectory = Node }, line =>
        {
            lock (lines) lines.Add(line);
        });
        try
        {
            (await process.Exited.WaitAsync(TimeSpan.FromMinutes(1))).ShouldBe(0, string.Join('\n', lines));
        }
        finally
        {
            process.Kill();
        }
        lock (lines) return JsonDocument.Parse(lines[^1]).RootElement;
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(processes.Select(process => process.DisposeAsync().AsTask()));
        if (broker is not null) await broker.DisposeAsync();
        await postgres.DisposeAsync();
        folder.Dispose();
    }
}
