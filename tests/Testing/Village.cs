using System.Text.Json;
using Kampung.AppHost;
using Kampung.AppHost.Processes;
using Kampung.AppHost.Supervision;
using Npgsql;
using Shouldly;

namespace Kampung.Testing;

/// <summary>
/// The whole village as a person starts it: a real AppHost process with data of its own, on free ports, stopped and deleted at the end.
/// <code>
/// await using var village = await Village.StartAsync("--scale", "order-service=2", "--set", $"Tracing:Zipkin:Endpoint={listener.Url}");
/// await village.Gateway.GetAsync("/api/products");                     // through the door; no redirects, no cookies
/// await village.Control.SendAsync("payment-service", "kill");          // start, stop, kill, restart, pause, resume
/// (await village.Control.ProcessAsync("payment-service")).State        // pid, port, restarts, since, why
/// village.ClientOf("order-service", instance: 2)                       // straight to a process, past the gateway
/// village.Database("orders")                                           // connection string, for audits
/// village.Mailbox; village.ConfigRepository; village.Kafka             // folder of mails; git repository; bootstrap servers
/// await village.KillAsync(); await village.StartAgainAsync();          // kill -9 of AppHost, and again on the same data
/// </code>
/// As a fixture of a test assembly: derive one that calls <see cref="StartAsync"/> in InitializeAsync. The programs must be built: reference their projects with ReferenceOutputAssembly="false".
/// </summary>
public sealed class Village : IAsyncDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(6);
    static readonly TimeSpan EndsWithin = TimeSpan.FromMinutes(3);

    readonly TemporaryFolder folder = new();
    readonly string[] options;
    readonly List<string> output = [];
    readonly Dictionary<Uri, HttpClient> clients = [];
    ChildProcess? process;

    Village(string[] options)
    {
        this.options = options;
        Data = new DataFolder(folder["data"]);
    }

    /// <summary>Its data folder: logs, mailbox, databases, configuration.</summary>
    public DataFolder Data { get; }

    /// <summary>For requests from outside. Its address ends after the port; paths begin with /api.</summary>
    public HttpClient Gateway => ClientAt(new Uri(Control.File.Gateway));

    public ControlClient Control { get; private set; } = null!;

    /// <summary>Of identity-service: an operator's, and those of accounts.</summary>
    public VillageTokens Tokens { get; private set; } = null!;

    /// <summary>Folder of the mails that were sent.</summary>
    public string Mailbox => Data.Mailbox;

    /// <summary>The git repository that the config server serves: commit there to change the configuration.</summary>
    public string ConfigRepository => Data.Config;

    /// <summary>Bootstrap servers for Kafka clients.</summary>
    public string Kafka => Control.File.Kafka;

    /// <summary>What AppHost printed so far.</summary>
    public IReadOnlyList<string> Output
    {
        get
        {
            lock (output) return [.. output];
        }
    }

    public ProcessIdentity AppHost => process!.Identity;

    /// <summary>AppHost's exit code when it has ended.</summary>
    public Task<int> Exited => process!.Exited;

    /// <param name="options">More options of <c>up</c>. --data, --port 0 and --no-build are given already.</param>
    public static async Task<Village> StartAsync(params string[] options)
    {
        var village = new Village(options);
        try
        {
            await village.StartAgainAsync();
        }
        catch
        {
            await village.DisposeAsync();
            throw;
        }
        return village;
    }

    /// <summary>Starts an ended AppHost again on the same data; returns when it says that it is ready.</summary>
    public async Task StartAgainAsync()
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        process = ChildProcess.Start(
            Command.DotNet(Repository.Find().Assembly("AppHost"), ["up", "--data", Data.Path, "--port", "0", "--no-build", .. options]),
            line =>
            {
                lock (output) output.Add(line);
                if (line.StartsWith("ready: ", StringComparison.Ordinal)) ready.TrySetResult();
            });
        var first = await Task.WhenAny(ready.Task, process.Exited, Task.Delay(Patience));
        if (first != ready.Task) throw new ShouldAssertException($"The village {(first == process.Exited ? "ended" : "was not ready in time")}:\n{string.Join('\n', Output)}");
        Tokens?.Dispose();
        Control?.Dispose();
        Control = ControlClient.Open(Data);
        Tokens = new(Control);
    }

    /// <summary>Straight to a process, past the gateway: for what is inside only, such as /dead-letters, /outbox, /metrics. An operator asks, unless the request says otherwise.</summary>
    public HttpClient ClientOf(string service, int instance = 1)
    {
        var status = Control.ProcessesAsync().GetAwaiter().GetResult().Single(process => process.Service == service && process.Instance == instance);
        return ClientAt(new Uri($"http://127.0.0.1:{status.Port}"), Tokens);
    }

    /// <summary>Connection string of a service's own database and user, as the service has it.</summary>
    public string Database(string name)
    {
        var passwords = JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(Path.Combine(Data.Postgres, "passwords.json")))!;
        var port = Control.ProcessAsync("postgresql").GetAwaiter().GetResult().Port;
        return new NpgsqlConnectionStringBuilder { Host = "127.0.0.1", Port = port, Database = name, Username = name, Password = passwords[name], MaxPoolSize = 4 }.ConnectionString;
    }

    /// <summary>What a process wrote so far.</summary>
    public string LogOf(string process)
    {
        using var reader = new StreamReader(new FileStream(Data.Log(process), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd();
    }

    /// <summary>Ends AppHost as Ctrl+C does, and with it everything.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<int> StopAsync()
    {
        (await process!.StopAsync(EndsWithin, Signal.Interrupt)).ShouldBeTrue($"AppHost did not stop within {EndsWithin.TotalMinutes} minutes:\n{string.Join('\n', Output)}");
        return await process.Exited;
    }

    /// <summary>kill -9 of AppHost alone; its guardian ends the others.</summary>
    public async Task KillAsync()
    {
        using (var itself = System.Diagnostics.Process.GetProcessById(process!.Id)) itself.Kill(entireProcessTree: false);
        await process.Exited;
    }

    public async ValueTask DisposeAsync()
    {
        if (process is { Exited.IsCompleted: false }) await process.StopAsync(EndsWithin, Signal.Interrupt);
        Tokens?.Dispose();
        Control?.Dispose();
        foreach (var client in clients.Values) client.Dispose();
        NpgsqlConnection.ClearAllPools();
        folder.Dispose();
    }

    HttpClient ClientAt(Uri address, VillageTokens? asOperator = null)
    {
        lock (clients)
        {
            if (clients.TryGetValue(address, out var known)) return known;
            if (asOperator is not null)
            {
                var inside = asOperator.OperatorClient(TimeSpan.FromSeconds(100));
                inside.BaseAddress = address;
                return clients[address] = inside;
            }
            var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(1) };
            return clients[address] = new HttpClient(handler) { BaseAddress = address, Timeout = TimeSpan.FromSeconds(100) };
        }
    }
}
