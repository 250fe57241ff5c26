using System.Globalization;
using System.Net.Http.Json;
using Kampung.AppHost;
using Kampung.AppHost.Postgres;
using Kampung.AppHost.Processes;
using Npgsql;

namespace Kampung.Bench;

/// <summary>A village of its own on a temporary folder, in which meals and rides take no time.</summary>
sealed class BenchVillage : IAsyncDisposable
{
    static readonly string[] AtOnce = ["Kitchen:PreparationTime=00:00:00", "Delivery:PickUpTime=00:00:00", "Delivery:TravelTime=00:00:00"];

    readonly DataFolder data;
    readonly ChildProcess process;
    readonly ControlClient control;

    BenchVillage(DataFolder data, ChildProcess process, ControlClient control) => (this.data, this.process, this.control, Tokens) = (data, process, control, new(control));

    /// <summary>Of identity-service: an operator's, and those of the customers.</summary>
    public VillageTokens Tokens { get; }

    public string Gateway => control.File.Gateway;

    public string Kafka => control.File.Kafka;

    public DataFolder Data => data;

    /// <summary>A service's database, which has nothing to do with orders.</summary>
    public string PostgresConnection { get; private set; } = "";

    public static async Task<BenchVillage> StartAsync(IReadOnlyList<string> options, CancellationToken stop)
    {
        var data = new DataFolder(Directory.CreateTempSubdirectory("kampung-bench-").FullName);
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var output = new List<string>();
        var process = ChildProcess.Start(
            Kampung.AppHost.Processes.Command.DotNet(Repository.Find().Assembly("AppHost"), ["up", "--data", data.Path, "--port", "0", .. AtOnce.SelectMany(setting => new[] { "--set", setting }), .. options]),
            line =>
            {
                lock (output) output.Add(line);
                if (line.StartsWith("ready: ", StringComparison.Ordinal)) ready.TrySetResult();
            });
        if (await Task.WhenAny(ready.Task, process.Exited).WaitAsync(stop) == process.Exited) throw new KampungException($"The village did not start:\n{string.Join('\n', output)}");
        var village = new BenchVillage(data, process, ControlClient.Open(data));
        var postgres = await village.control.ProcessAsync(AppHost.Village.PostgreSql, stop);
        village.PostgresConnection = new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1", Port = postgres.Port, Database = "customers", Username = "customers", Password = Passwords.Open(data.Postgres).Of("customers"), MaxPoolSize = 8,
        }.ConnectionString;
        return village;
    }

    /// <summary>Where a process is, past the gateway.</summary>
    public async Task<Uri> AddressAsync(string name, CancellationToken stop) => new((await control.ProcessAsync(name, stop)).Address);

    public async Task StockUpAsync(Guid variant, int pieces, CancellationToken stop)
    {
        var inventory = (await control.ProcessesAsync(stop)).First(process => process.Service == "inventory-service");
        using var http = Tokens.OperatorClient(TimeSpan.FromSeconds(30));
        http.BaseAddress = new Uri(inventory.Address);
        http.DefaultRequestHeaders.Add("Idempotency-Key", Guid.NewGuid().ToString());
        using var answer = await http.PostAsJsonAsync("/stock/adjustments", new { variantId = variant, delta = pieces, reason = "benchmark" }, stop);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Processor time that each process has used so far; that of a service's instances together.</summary>
    public Task<IReadOnlyDictionary<string, TimeSpan>> ProcessorAsync(CancellationToken stop) => SumAsync(ProcessorOf, (a, b) => a + b, stop);

    /// <summary>Processor time that one process has used so far.</summary>
    public static TimeSpan ProcessorOf(int id)
    {
        // proc(5): utime and stime are the 14th and 15th field; the second one, in brackets, may have blanks in it.
        var fields = File.ReadAllText($"/proc/{id}/stat").Split(") ")[^1].Split(' ');
        return TimeSpan.FromMilliseconds(10 * (Number(fields[11]) + Number(fields[12])));
    }

    /// <summary>Kilobytes; a page that several processes share counts once in all.</summary>
    public Task<IReadOnlyDictionary<string, long>> MemoryAsync(CancellationToken stop) => SumAsync(
        id => Number(File.ReadLines($"/proc/{id}/smaps_rollup").First(line => line.StartsWith("Pss:", StringComparison.Ordinal))[4..^2].Trim()), (a, b) => a + b, stop);

    async Task<IReadOnlyDictionary<string, T>> SumAsync<T>(Func<int, T> read, Func<T, T, T> add, CancellationToken stop)
    {
        var sums = new Dictionary<string, T>();
        foreach (var process in await control.ProcessesAsync(stop))
            foreach (var id in ProcessIdentity.Of(process.Pid!.Value)!.Tree())
            {
                try { sums[process.Service] = sums.TryGetValue(process.Service, out var sum) ? add(sum, read(id)) : read(id); }
                catch (IOException) { } // it has ended meanwhile
            }
        return sums;
    }

    static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    public async ValueTask DisposeAsync()
    {
        Tokens.Dispose();
        control.Dispose();
        Signals.Send(ControlFile.TryRead(data)?.ProcessId ?? process.Id, Signal.Terminate);
        await process.Exited;
        Directory.Delete(data.Path, recursive: true);
    }
}
