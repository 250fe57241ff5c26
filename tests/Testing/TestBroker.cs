namespace Kampung.Testing;

/// <summary>
/// A real Broker process with data of its own: <c>[assembly: AssemblyFixture(typeof(TestBroker))]</c> with xunit's IAsyncLifetime, or <see cref="StartAsync"/> and dispose.
/// </summary>
public sealed class TestBroker : IKafka, Xunit.IAsyncLifetime
{
    readonly TemporaryFolder folder = new();
    readonly int port = FreePort.Next();
    ServiceProcess process = null!;

    /// <summary>For Kafka clients.</summary>
    public string BootstrapServers => $"127.0.0.1:{port}";

    /// <summary>The folder that it keeps its files in.</summary>
    public string Data => folder["broker"];

    /// <summary>The process, for its HTTP endpoints and logs.</summary>
    public ServiceProcess Process => process;

    /// <param name="settings">More of its environment, such as Broker__… variables.</param>
    public static async Task<TestBroker> StartAsync(Dictionary<string, string?>? settings = null)
    {
        var broker = new TestBroker();
        await broker.StartProcessAsync(settings ?? []);
        return broker;
    }

    public async ValueTask InitializeAsync() => await StartProcessAsync([]);

    async Task StartProcessAsync(Dictionary<string, string?> settings)
    {
        settings["Broker__Data"] = Data;
        settings["Broker__Port"] = $"{port}";
        process = await ServiceProcess.StartAsync("Broker", settings);
    }

    /// <summary>SIGKILL: as if the broker crashed.</summary>
    public Task KillAsync() => process.KillAsync();

    public Task StopAsync() => process.StopAsync();

    /// <summary>Starts it again on the same data and port, after <see cref="KillAsync"/> or <see cref="StopAsync"/>.</summary>
    public Task StartAgainAsync() => process.StartAgainAsync();

    public async ValueTask DisposeAsync()
    {
        if (process is not null) await process.DisposeAsync();
        folder.Dispose();
    }
}
