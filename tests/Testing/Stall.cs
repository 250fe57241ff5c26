using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Npgsql;
using Shouldly;

namespace Kampung.Testing;

/// <summary>One stall in one or more instances, on a database and a Broker of its own: what can be said to it, and what it said.</summary>
/// <param name="project">Its project; its name in lower case is that of its database.</param>
/// <param name="service">Its name in the registry.</param>
/// <param name="publishes">The topics that it publishes.</param>
public abstract class Stall(string project, string service, params string[] publishes) : IAsyncDisposable
{
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    readonly Dictionary<string, TopicReader> topics = [];
    readonly List<ServiceProcess> instances = [];
    Dictionary<string, string?> settings = [];
    EventPublisher publisher = null!;
    TestBroker broker = null!;
    int turn;

    public string Database { get; private set; } = "";

    public IReadOnlyList<ServiceProcess> Instances => instances;

    /// <summary>One running instance after the other.</summary>
    public HttpClient Http
    {
        get
        {
            lock (instances)
            {
                var running = instances.Where(instance => !instance.Exited.IsCompleted).ToList();
                return running[turn++ % running.Count].Client;
            }
        }
    }

    public async Task StartAsync(TestPostgres postgres, Dictionary<string, string?> settings, int instances)
    {
        this.settings = settings;
        var creating = postgres.CreateDatabaseAsync(project.ToLowerInvariant());
        broker = await TestBroker.StartAsync();
        Database = await creating;
        publisher = new(broker.BootstrapServers);
        foreach (var topic in publishes) topics[topic] = new(broker.BootstrapServers, topic);
        await Task.WhenAll(Enumerable.Range(0, instances).Select(_ => StartInstanceAsync()));
    }

    /// <summary>One more, with other settings for it alone.</summary>
    public async Task<ServiceProcess> StartInstanceAsync(Dictionary<string, string?>? more = null)
    {
        Dictionary<string, string?> environment = new(settings)
        {
            ["ConnectionStrings__Postgres"] = Database,
            ["Kafka__BootstrapServers"] = broker.BootstrapServers,
            ["Kafka__Partitions"] = "4",
            ["Discovery__Provider"] = "static",
        };
        foreach (var (name, value) in more ?? []) environment[name] = value;
        var instance = await ServiceProcess.StartAsync(project, environment);
        lock (instances) instances.Add(instance);
        return instance;
    }

    public Task<HttpResponseMessage> PostAsync(string path, object? body = null) => body is null ? Http.PostAsync(path, null) : Http.PostAsJsonAsync(path, body);

    public async Task<T> AskAsync<T>(string path, object? body = null) => await ReadAsync<T>(await PostAsync(path, body));

    public async Task<T> GetAsync<T>(string path) => await ReadAsync<T>(await Http.GetAsync(path));

    public static async Task<T> ReadAsync<T>(HttpResponseMessage answer)
    {
        answer.StatusCode.ShouldBeOneOf([HttpStatusCode.OK, HttpStatusCode.Created], await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<T>(Json))!;
    }

    /// <summary>Says what another stall would say.</summary>
    /// <returns>The event's id.</returns>
    public Task<Guid> SayAsync(string topic, Guid orderId, object body, Guid? id = null) => publisher.Publishes(topic, orderId, body, id);

    /// <summary>The service has dealt with these events.</summary>
    public Task HeardAsync(params Guid[] events) =>
        Eventually.Is(async () => await QueryAsync<long>("select count(*) from inbox where event_id = any($1)", events) == events.Length);

    /// <summary>At least so many events of a topic about an order, each once and according to its schema.</summary>
    public async Task<IReadOnlyList<JsonElement>> EventsAsync(string topic, Guid orderId, int count = 1)
    {
        await Eventually.Is(() => Said(topic, orderId).Count >= count, text: $"{count} {topic} about {orderId}");
        var events = Said(topic, orderId);
        foreach (var fact in events) await fact.ShouldKeepItsContract();
        return [.. events.Select(fact => fact.Body)];
    }

    IReadOnlyList<ReadEvent> Said(string topic, Guid orderId) =>
        [.. topics[topic].About(orderId).Where(fact => fact.Headers["ce_source"] == service).DistinctBy(fact => fact.Headers["ce_id"])];

    /// <summary>All that was said about an order until now: how often on which topic.</summary>
    public async Task<string> SaidAsync(Guid orderId)
    {
        await Eventually.Is(async () => await QueryAsync<long>("select count(*) from outbox where key = $1", orderId.ToString()) == 0);
        List<string> said = [];
        foreach (var (topic, reader) in topics)
        {
            // A marker of the same key comes behind all that was said.
            var marker = $"{await publisher.Publishes(topic, orderId, new { })}";
            await Eventually.Is(() => reader.About(orderId).Any(fact => fact.Headers["ce_id"] == marker));
            if (Said(topic, orderId) is { Count: > 0 } facts) said.Add($"{topic} {facts.Count}");
        }
        return string.Join(", ", said);
    }

    public async Task<T> QueryAsync<T>(string sql, params object[] values)
    {
        await using var connection = new NpgsqlConnection(Database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var topic in topics.Values) topic.Dispose();
        publisher?.Dispose();
        await Task.WhenAll(instances.Select(instance => instance.DisposeAsync().AsTask()));
        if (broker is not null) await broker.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
