using System.Net.Http.Json;
using System.Text.Json;
using Kampung.Testing;
using MimeKit;
using Npgsql;

namespace Kampung.Notifications.Tests;

/// <summary>A real notification-service with a database, a broker and a mailbox of its own.</summary>
public sealed class NotificationService : IAsyncDisposable
{
    readonly TemporaryFolder folder = new();
    readonly TestBroker broker;
    readonly Dictionary<string, string?> environment;
    readonly NpgsqlDataSource database;

    NotificationService(TestBroker broker, string connectionString, Dictionary<string, string?> settings)
    {
        this.broker = broker;
        database = NpgsqlDataSource.Create(connectionString);
        environment = new()
        {
            ["ConnectionStrings__Postgres"] = connectionString,
            ["Kafka__BootstrapServers"] = broker.BootstrapServers,
            ["Kafka__Partitions"] = "2",
            ["Messaging__ParkedDelay"] = "00:00:00.200",
            ["Sending__Mailbox"] = folder["mailbox"],
            ["Sending__RetryDelay"] = "00:00:00.100",
            ["Sending__Poll"] = "00:00:00.250",
        };
        foreach (var (key, value) in settings) environment[key] = value;
        Publisher = new EventPublisher(broker.BootstrapServers);
    }

    public ServiceProcess Process { get; private set; } = null!;

    /// <summary>Publishes as the other services do.</summary>
    public EventPublisher Publisher { get; }

    public static async Task<NotificationService> StartAsync(TestPostgres postgres, Dictionary<string, string?>? settings = null)
    {
        var service = new NotificationService(await TestBroker.StartAsync(), await postgres.CreateDatabaseAsync("notifications"), settings ?? []);
        try
        {
            service.Process = await service.StartInstanceAsync();
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
        return service;
    }

    /// <summary>One more process on the same database, broker and mailbox.</summary>
    public Task<ServiceProcess> StartInstanceAsync() => ServiceProcess.StartAsync("Notifications", new(environment));

    /// <summary>The letters in the mailbox that are addressed to <paramref name="email"/>, oldest first.</summary>
    public IReadOnlyList<MimeMessage> Letters(string email) =>
        !Directory.Exists(folder["mailbox"]) ? [] :
        [.. Directory.GetFiles(folder["mailbox"], "*.eml").Order(StringComparer.Ordinal)
            .Select(file => MimeMessage.Load(file)).Where(letter => letter.To.Mailboxes.Any(to => to.Address == email))];

    /// <summary>Waits for so many letters to <paramref name="email"/>.</summary>
    public async Task<IReadOnlyList<MimeMessage>> Receives(int count, string email)
    {
        await Eventually.Is(() => Letters(email).Count >= count);
        return Letters(email);
    }

    /// <summary>By e-mail, unless the query says otherwise.</summary>
    public async Task<JsonElement> ListsTo(Guid customerId, string query = "?channel=email")
    {
        using var answer = await AsksAs(customerId, $"/notifications{query}");
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    public Task<HttpResponseMessage> AsksAs(Guid customerId, string path) => SendsAs(customerId, HttpMethod.Get, path);

    public async Task<HttpResponseMessage> SendsAs(Guid customerId, HttpMethod method, string path, HttpContent? content = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content }.As(customerId);
        // A body that is too large is refused before it is sent, when it says how large it is.
        if (content is not null) await content.LoadIntoBufferAsync();
        request.Headers.ExpectContinue = content is not null;
        return await Process.Client.SendAsync(request);
    }

    public async Task Prefers(Guid customerId, string[] channels, params string[] muted)
    {
        using var answer = await SendsAs(customerId, HttpMethod.Put, "/notifications/preferences", JsonContent.Create(new { channels, muted }));
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>A file in the mailbox that the service did not write.</summary>
    /// <returns>Its name.</returns>
    public string Puts(string name, string text)
    {
        File.WriteAllText(Path.Combine(folder["mailbox"], name), text);
        return name;
    }

    /// <summary>Files of this kind of message in the mailbox.</summary>
    public IReadOnlyList<string> Mailbox(string pattern) => Directory.Exists(folder["mailbox"]) ? Directory.GetFiles(folder["mailbox"], pattern) : [];

    /// <summary>A single value from the service's own database.</summary>
    public async Task<T> Reads<T>(string sql)
    {
        await using var command = database.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public async Task Executes(string sql)
    {
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Publisher.Dispose();
        if (Process is not null) await Process.DisposeAsync();
        await broker.DisposeAsync();
        await database.DisposeAsync();
        folder.Dispose();
    }
}

/// <summary>The service that most tests share: they tell each other apart by their customers.</summary>
public sealed class SharedService(TestPostgres postgres) : IAsyncLifetime
{
    public NotificationService Service { get; private set; } = null!;

    // It does not look for messages by itself, so that whatever arrives was announced when it was written.
    public async ValueTask InitializeAsync() => Service = await NotificationService.StartAsync(postgres, new() { ["Sending__Poll"] = "01:00:00" });

    public ValueTask DisposeAsync() => Service?.DisposeAsync() ?? ValueTask.CompletedTask;
}
