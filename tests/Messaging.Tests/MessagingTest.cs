using System.Text;
using Confluent.Kafka;
using Kampung.Messaging.Host;
using Kampung.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

[assembly: AssemblyFixture(typeof(TestPostgres))]

namespace Kampung.Messaging.Tests;

/// <summary>A database and a broker of the test's own, and instances of one service on them, in this process or as real processes.</summary>
public abstract class MessagingTest(TestPostgres postgres, ForeignKafka? foreign = null) : IAsyncLifetime
{
    readonly List<IAsyncDisposable> _running = [];

    /// <summary>The broker that a test may kill; there is none when it runs against a foreign Kafka.</summary>
    protected TestBroker Broker { get; private set; } = null!;
    protected IKafka Kafka => foreign is null ? Broker : foreign;

    /// <summary>The name of its consumer group. A foreign Kafka keeps what earlier tests left, so there it is another one each time.</summary>
    protected string Service { get; } = foreign is null ? "notes-service" : $"notes-service-{Guid.NewGuid():N}";
    protected string Database { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        if (foreign is null) Broker = await TestBroker.StartAsync();
        Database = await postgres.CreateDatabaseAsync("notes");
        await using var db = OpenDatabase();
        await db.Database.EnsureCreatedAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var running in _running.AsEnumerable().Reverse()) await running.DisposeAsync();
        if (foreign is null) await Broker.DisposeAsync();
    }

    protected NotesDb OpenDatabase() => new((DbContextOptions<NotesDb>)NotesDb.On(Database, new DbContextOptionsBuilder<NotesDb>()).Options);

    /// <summary>An instance in this process. Its retries are quick, so that tests are.</summary>
    protected async Task<Instance> StartAsync(params string[] settings)
    {
        var app = NotesService.Create([.. Settings("a").Select(setting => $"--{setting.Key}={setting.Value}"), "--urls=http://127.0.0.1:0", .. settings.Select(setting => $"--{setting}")]);
        var instance = new Instance(app);
        _running.Add(instance);
        await app.StartAsync();
        return instance;
    }

    /// <summary>An instance in a process of its own, to be killed.</summary>
    protected async Task<ServiceProcess> StartProcessAsync(string name, params string[] settings)
    {
        var environment = Settings(name);
        foreach (var setting in settings.Select(setting => setting.Split('=', 2))) environment[setting[0]] = setting[1];
        var process = await ServiceProcess.StartAsync("Messaging.Host", environment.ToDictionary(setting => setting.Key.Replace(":", "__", StringComparison.Ordinal), setting => (string?)setting.Value));
        _running.Add(process);
        return process;
    }

    Dictionary<string, string> Settings(string instance) => new()
    {
        ["ConnectionStrings:Postgres"] = Database,
        ["Kafka:BootstrapServers"] = Kafka.BootstrapServers,
        ["Messaging:Service"] = Service,
        ["Messaging:ImmediateDelay"] = "00:00:00.010",
        ["Messaging:ParkedDelay"] = "00:00:00.200",
        ["Messaging:MaxParkedDelay"] = "00:00:00.400",
        ["Logging:LogLevel:Default"] = "Information",
        ["Logging:LogLevel:Microsoft"] = "Warning",
        ["Instance"] = instance,
    };

    /// <summary>Publishes notes as a use case would, in one transaction.</summary>
    protected static Task PublishAsync(Instance instance, params NoteWritten[] notes) => instance.InDatabaseAsync(async db =>
    {
        foreach (var note in notes) db.Publish(note);
        await db.SaveChangesAsync();
    });

    /// <summary>Numbers of the note in the order in which they took effect.</summary>
    protected async Task<int[]> EffectsAsync(Guid note)
    {
        await using var db = OpenDatabase();
        return await db.Effects.Where(effect => effect.Note == note).OrderBy(effect => effect.Id).Select(effect => effect.Number).ToArrayAsync();
    }

    protected async Task TroubleAsync(Guid note, int number, string kind)
    {
        await using var db = OpenDatabase();
        db.Troubles.Add(new Trouble { Note = note, Number = number, Kind = kind });
        await db.SaveChangesAsync();
    }

    protected async Task HealAsync(Guid note)
    {
        await using var db = OpenDatabase();
        await db.Troubles.Where(trouble => trouble.Note == note).ExecuteDeleteAsync();
    }

    /// <param name="sql">A query of one bigint named "Value".</param>
    protected async Task<long> CountAsync(FormattableString sql)
    {
        await using var db = OpenDatabase();
        return await db.Database.SqlQuery<long>(sql).SingleAsync();
    }

    protected Task<long> OutboxAsync() => CountAsync($"""select count(*) as "Value" from outbox""");

    /// <summary>A record as any client could send it, with the headers of a CloudEvent; null removes one.</summary>
    protected async Task<DeliveryResult<string?, byte[]?>> ProduceAsync(string? key, byte[]? body, params (string Name, string? Value)[] headers)
    {
        using var producer = new ProducerBuilder<string?, byte[]?>(new ProducerConfig { BootstrapServers = Kafka.BootstrapServers, Acks = Acks.All })
            .SetKeySerializer(NullableUtf8).SetValueSerializer(Bytes).Build();
        var all = new Dictionary<string, string?>
        {
            ["ce_specversion"] = "1.0",
            ["ce_id"] = Guid.CreateVersion7().ToString(),
            ["ce_type"] = "kampung.note-written.v1",
            ["ce_source"] = "elsewhere",
            ["content-type"] = "application/json",
        };
        foreach (var (name, value) in headers) all[name] = value;
        var message = new Message<string?, byte[]?> { Key = key, Value = body, Headers = [] };
        foreach (var (name, value) in all)
            if (value is not null) message.Headers.Add(name, Encoding.UTF8.GetBytes(value));
        return await producer.ProduceAsync("note-written", message);
    }

    protected Task<DeliveryResult<string?, byte[]?>> ProduceNoteAsync(Guid note, int number, Guid? id = null) => ProduceAsync(
        note.ToString(), Encoding.UTF8.GetBytes($$"""{"note":"{{note}}","number":{{number}}}"""), ("ce_id", (id ?? Guid.CreateVersion7()).ToString()));

    /// <summary>Creates the topic before anyone else does, so that records can be there before the service is.</summary>
    protected async Task CreateTopicAsync()
    {
        using var admin = new AdminClientBuilder(new AdminClientConfig { BootstrapServers = Kafka.BootstrapServers }).Build();
        await admin.CreateTopicsAsync([new() { Name = "note-written", NumPartitions = 4, ReplicationFactor = 1 }]);
    }

    /// <summary>Every record of the topic so far, partition by partition.</summary>
    protected List<ConsumeResult<string?, byte[]>> ReadTopic(string topic)
    {
        using var consumer = new ConsumerBuilder<string?, byte[]>(new ConsumerConfig { BootstrapServers = Kafka.BootstrapServers, GroupId = "test", EnablePartitionEof = true }).Build();
        var partitions = Enumerable.Range(0, 4).Select(partition => new TopicPartition(topic, partition)).ToList();
        consumer.Assign(partitions.Select(partition => new TopicPartitionOffset(partition, Offset.Beginning)));
        var records = new List<ConsumeResult<string?, byte[]>>();
        var ended = new HashSet<TopicPartition>();
        while (ended.Count < partitions.Count)
        {
            var record = consumer.Consume(TimeSpan.FromSeconds(10)) ?? throw new ShouldAssertException($"{topic} could not be read to its end.");
            if (record.IsPartitionEOF) ended.Add(record.TopicPartition);
            else records.Add(record);
        }
        consumer.Close();
        return records;
    }

    /// <summary>How many partitions have a committed offset of the service's group.</summary>
    protected int CommittedOffsets()
    {
        using var consumer = new ConsumerBuilder<byte[], byte[]>(new ConsumerConfig { BootstrapServers = Kafka.BootstrapServers, GroupId = "notes-service" }).Build();
        return consumer.Committed(Enumerable.Range(0, 4).Select(partition => new TopicPartition("note-written", partition)), TimeSpan.FromSeconds(10))
            .Count(partition => partition.Offset >= 0);
    }

    static readonly ISerializer<string?> NullableUtf8 = new NullableUtf8Serializer();
    static readonly ISerializer<byte[]?> Bytes = new BytesSerializer();

    sealed class NullableUtf8Serializer : ISerializer<string?>
    {
        public byte[]? Serialize(string? data, SerializationContext context) => data is null ? null : Encoding.UTF8.GetBytes(data);
    }

    sealed class BytesSerializer : ISerializer<byte[]?>
    {
        public byte[]? Serialize(byte[]? data, SerializationContext context) => data;
    }

    /// <summary>A running instance in this process.</summary>
    protected sealed class Instance(WebApplication app) : IAsyncDisposable
    {
        public IServiceProvider Services => app.Services;

        public HttpClient CreateClient() => new()
        {
            BaseAddress = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First()),
        };

        public async Task InDatabaseAsync(Func<NotesDb, Task> work)
        {
            await using var scope = app.Services.CreateAsyncScope();
            await work(scope.ServiceProvider.GetRequiredService<NotesDb>());
        }

        public async ValueTask DisposeAsync()
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }
    }
}
