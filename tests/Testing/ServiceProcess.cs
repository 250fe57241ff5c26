using System.Diagnostics;
using Kampung.AppHost;
using Kampung.AppHost.Processes;
using Shouldly;

namespace Kampung.Testing;

/// <summary>
/// One of our own programs as a real process, from the build output in this test's configuration: <c>await ServiceProcess.StartAsync("Orders", new() { ["Kafka__BootstrapServers"] = … })</c>.
/// It listens on a free port of 127.0.0.1 unless <c>ASPNETCORE_URLS</c> is given, and is ready when StartAsync returns.
/// </summary>
public sealed class ServiceProcess : IAsyncDisposable
{
    static readonly string[] Services = ["Customers", "Products", "Inventory", "Orders", "Payments", "Kitchen", "Delivery", "Notifications"];

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    readonly string project;
    readonly IReadOnlyDictionary<string, string?> environment;
    readonly List<string> logs = [];
    ChildProcess process = null!;

    ServiceProcess(string project, Dictionary<string, string?> environment)
    {
        this.project = project;
        this.environment = environment;
        environment.TryAdd("DOTNET_ENVIRONMENT", "Development");
        if (Services.Contains(project))
            foreach (var (name, value) in TestIssuer.Shared.Settings) environment.TryAdd(name, value);
        environment.TryAdd("ASPNETCORE_URLS", $"http://127.0.0.1:{FreePort.Next()}");
        BaseAddress = new Uri(environment["ASPNETCORE_URLS"]!);
        // A request that expects to be told to go on waits for that, however slow the machine is.
        Client = new HttpClient(new SocketsHttpHandler { Expect100ContinueTimeout = Patience }) { BaseAddress = BaseAddress, Timeout = TimeSpan.FromSeconds(100) };
        if (Services.Contains(project)) Client.DefaultRequestHeaders.Authorization = new("Bearer", TestIssuer.Shared.TokenOfTheVillage);
    }

    public Uri BaseAddress { get; }

    /// <summary>For requests to this process, straight, without discovery. They come from another service and from an operator at once, unless they say <see cref="TestRequests.As"/>.</summary>
    public HttpClient Client { get; }

    public int Id => process.Id;

    /// <summary>Its exit code when it has ended.</summary>
    public Task<int> Exited => process.Exited;

    /// <summary>Every line that it wrote so far, across restarts.</summary>
    public IReadOnlyList<string> Logs
    {
        get
        {
            lock (logs) return [.. logs];
        }
    }

    /// <param name="environment">Variables; null removes one. The process contract is AppHost's.</param>
    /// <param name="ready">Path that answers 200 when it is ready; null: do not wait.</param>
    public static async Task<ServiceProcess> StartAsync(string project, Dictionary<string, string?>? environment = null, string? ready = "/health/ready")
    {
        var service = new ServiceProcess(project, environment ?? []);
        try
        {
            await service.StartAgainAsync(ready);
        }
        catch
        {
            await service.DisposeAsync();
            throw;
        }
        return service;
    }

    /// <summary>Starts the ended process again, on the same port with the same environment.</summary>
    public async Task StartAgainAsync(string? ready = "/health/ready")
    {
        var assembly = Repository.Find().Assembly(project);
        File.Exists(assembly).ShouldBeTrue($"{assembly} is not built: the test project needs a reference to it, or dotnet build src/…/{project}.");
        process = ChildProcess.Start(Command.DotNet(assembly) with { Environment = environment, WorkingDirectory = Path.GetDirectoryName(assembly) }, Log);
        if (ready is not null) await ReadyAsync(ready);
    }

    async Task ReadyAsync(string path)
    {
        var since = Stopwatch.StartNew();
        while (!process.Exited.IsCompleted && since.Elapsed < Patience)
        {
            try
            {
                using var time = new CancellationTokenSource(TimeSpan.FromSeconds(5));
                using var answer = await Client.GetAsync(path, time.Token);
                if (answer.IsSuccessStatusCode) return;
            }
            catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
            {
                // Not listening yet.
            }
            await Task.WhenAny(process.Exited, Task.Delay(25));
        }
        var how = process.Exited.IsCompleted ? $"ended with exit code {await process.Exited}" : $"was not ready within {Patience.TotalSeconds} s";
        throw new ShouldAssertException($"{project} {how}. Its last lines:\n{string.Join('\n', Logs.TakeLast(30))}");
    }

    /// <summary>SIGKILL: it has no chance to finish anything.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.Exited;
    }

    /// <summary>SIGSTOP: it hangs, its connections stay open.</summary>
    public void Pause() => process.Pause();

    public void Resume() => process.Resume();

    /// <summary>SIGTERM, and waits for its end.</summary>
    /// <returns>Its exit code. Fails when it takes longer than 30 s.</returns>
    public async Task<int> StopAsync()
    {
        (await process.StopAsync(TimeSpan.FromSeconds(30))).ShouldBeTrue($"{project} did not stop within 30 s of SIGTERM. Its last lines:\n{string.Join('\n', Logs.TakeLast(30))}");
        return await process.Exited;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!process.Exited.IsCompleted) await process.StopAsync(TimeSpan.FromSeconds(10));
    }

    void Log(string line)
    {
        lock (logs) logs.Add(line);
    }
}
