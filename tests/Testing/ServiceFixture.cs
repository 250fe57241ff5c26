using Npgsql;
using Xunit;

namespace Kampung.Testing;

/// <summary>
/// One service as a real process with a real database and a real Broker of its own, shared by the tests of an assembly:
/// <c>[assembly: AssemblyFixture(typeof(CustomersService))]</c> on a class that derives from this one.
/// </summary>
public abstract class ServiceFixture(string project, TestPostgres? sharedPostgres = null) : IAsyncLifetime
{
    readonly TestPostgres postgres = sharedPostgres ?? new();
    readonly List<ServiceProcess> more = [];
    readonly Dictionary<string, TopicReader> topics = [];
    TestBroker broker = null!;
    Lazy<EventPublisher> publisher = null!;

    public ServiceProcess Process { get; private set; } = null!;

    public HttpClient Client => Process.Client;

    public string ConnectionString { get; private set; } = "";

    /// <summary>For a fixture of its own that needs no PostgreSQL of its own.</summary>
    protected TestPostgres Postgres => postgres;

    /// <summary>More of its environment.</summary>
    protected virtual IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>();

    public async ValueTask InitializeAsync()
    {
        var starting = TestBroker.StartAsync();
        ConnectionString = await postgres.CreateDatabaseAsync(project.ToLowerInvariant());
        broker = await starting;
        publisher = new(() => new EventPublisher(broker.BootstrapServers));
        Process = await StartProcessAsync(ConnectionString, Settings);
    }

    /// <summary>A further instance, on this or another database; stopped with the fixture.</summary>
    public async Task<ServiceProcess> StartAnotherAsync(string connectionString, Dictionary<string, string?>? settings = null)
    {
        var process = await StartProcessAsync(connectionString, settings ?? []);
        lock (more) more.Add(process);
        return process;
    }

    public Task<string> CreateDatabaseAsync() => postgres.CreateDatabaseAsync(project.ToLowerInvariant());

    /// <summary>Speaks as the other services do.</summary>
    public EventPublisher Events => publisher.Value;

    /// <summary>What the service published to a topic since it was first asked for here.</summary>
    public TopicReader Topic(string name)
    {
        lock (topics) return topics.TryGetValue(name, out var topic) ? topic : topics[name] = new TopicReader(broker.BootstrapServers, name);
    }

    /// <summary>From now on nobody hears anything.</summary>
    public Task LoseBrokerAsync() => broker.KillAsync();

    /// <summary>The one value of a query in the service's database.</summary>
    public async Task<T> QueryAsync<T>(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var topic in topics.Values) topic.Dispose();
        if (publisher is { IsValueCreated: true }) publisher.Value.Dispose();
        foreach (var process in more) await process.DisposeAsync();
        if (Process is not null) await Process.DisposeAsync();
        if (broker is not null) await broker.DisposeAsync();
        if (sharedPostgres is null) await postgres.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    Task<ServiceProcess> StartProcessAsync(string connectionString, IReadOnlyDictionary<string, string?> settings) => ServiceProcess.StartAsync(project, new(settings)
    {
        ["ConnectionStrings__Postgres"] = connectionString,
        ["Kafka__BootstrapServers"] = broker.BootstrapServers,
        ["Kafka__Partitions"] = "4",
        ["Discovery__Provider"] = "static",
    });
}
