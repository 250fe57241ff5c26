using System.Net.Http.Json;
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
        var notifications = StartAsync("Notifications", notificationsDatabase = await postgres.CreateDatabaseAsync("notifications"), new() { ["Sending__Mailbox"] = folder["mailbox"], ["Sending__Gather"] = "00:00:00" });
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
        // It checks its own tokens, as every service does.
        all["Auth__Authority"] = all["Identity__Issuer"];
        all["Auth__Inside"] = "http://identity-service/identity";
        all["Services__identity-service__http__0"] = $"http://127.0.0.1:{port}";
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

    /// <summary>An operator's token, for the client of whoever runs the village.</summary>
    public Task<string> OperatorTokenAsync() => TokenOfClientAsync("village");

    /// <summary>Of an account with this role, or of a service.</summary>
    public async Task<string> TokenOfRoleAsync(string role)
    {
        if (role == "service") return await TokenOfClientAsync("order-service");
        var body = JsonContent.Create(new { name = "Somebody", email = $"{role}.{Guid.NewGuid():N}@example.com", roles = new[] { role }, stall = "Satay Pak Samad" });
        using var request = new HttpRequestMessage(HttpMethod.Post, "/accounts") { Content = body };
        var id = (await (await First.Client.SendAsync(request.With(await OperatorTokenAsync()))).ShouldBeJson(System.Net.HttpStatusCode.Created)).GetProperty("id").GetString();
        return (await (await AskAsVillageAsync(new("grant_type", "urn:kampung:grant-type:act-as"), new("account", id))).ShouldBeJson()).GetProperty("access_token").GetString()!;
    }

    async Task<string> TokenOfClientAsync(string client)
    {
        var secrets = JsonSerializer.Deserialize<Dictionary<string, string>>(await File.ReadAllTextAsync(Path.Combine(Keys, "client-secrets.json")))!;
        var form = new FormUrlEncodedContent([new("grant_type", "client_credentials"), new("client_id", client), new("client_secret", secrets[client])]);
        return (await (await First.Client.PostAsync("/identity/token", form)).ShouldBeJson()).GetProperty("access_token").GetString()!;
    }

    /// <summary>Asks for a token as the village's own client.</summary>
    public async Task<HttpResponseMessage> AskAsVillageAsync(params IEnumerable<KeyValuePair<string, string?>> request)
    {
        var secrets = JsonSerializer.Deserialize<Dictionary<string, string>>(await File.ReadAllTextAsync(Path.Combine(Keys, "client-secrets.json")))!;
        return await Second.Client.PostAsync("/identity/token", new FormUrlEncodedContent([.. request, new KeyValuePair<string, string?>("client_id", "village"), new("client_secret", secrets["village"])]));
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
