using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Kampung.AppHost;
using Kampung.AppHost.Processes;

namespace Kampung.Bench;

/// <summary>
/// How long a person waits for <c>ready:</c> (first start from a fresh clone with its build, and warm starts), and what memory and processor time the idle village takes.
/// Each start is the README's command, <c>dotnet run --project src/AppHost</c>, timed from typing it. NuGet's and npm's caches of the machine are warm.
/// </summary>
static class StartBench
{
    static readonly TimeSpan Idle = TimeSpan.FromSeconds(20), Watched = TimeSpan.FromSeconds(30);

    public static System.CommandLine.Command Verb()
    {
        var warm = new Option<int>("--warm") { Description = "Number of warm starts.", DefaultValueFactory = _ => 3 };
        var verb = new System.CommandLine.Command("start", "First start from a fresh clone, warm start, idle memory and processor time (Linux).") { warm };
        verb.SetAction(parsed => RunAsync(parsed.GetValue(warm)));
        return verb;
    }

    static async Task RunAsync(int warmStarts)
    {
        var folder = Directory.CreateTempSubdirectory("kampung-bench-").FullName;
        try
        {
            var clone = Path.Combine(folder, "clone");
            var data = new DataFolder(Path.Combine(folder, "data"));
            await ChildProcess.Start(new("git", ["clone", "--quiet", Repository.Find().Root, clone]), Console.Error.WriteLine).Exited;

            Console.WriteLine($"{Environment.ProcessorCount} cores, {DateTime.UtcNow:yyyy-MM-dd}, load before the start {await LoadAsync()}");
            Console.WriteLine();
            Console.WriteLine("| start | seconds to `ready` |");
            Console.WriteLine("|---|---|");
            var first = await StartAsync(clone, data);
            Time("first, from a fresh clone", first.Elapsed);
            await first.StopAsync();

            List<TimeSpan> times = [];
            var rows = new List<Row>();
            for (var i = 0; i < warmStarts; i++)
            {
                var start = await StartAsync(clone, data);
                times.Add(start.Elapsed);
                if (i == warmStarts - 1)
                {
                    // Here time itself is what is waited for: start-up work settles, then memory is read.
                    await Task.Delay(Idle);
                    rows = await IdleAsync(data, start.Process);
                }
                await start.StopAsync();
            }
            Time($"warm, median of {warmStarts} ({string.Join(", ", times.Select(time => Seconds(time)))})", times.Order().ElementAt(times.Count / 2));
            Console.WriteLine();
            Console.WriteLine("| process, idle | PSS MB | RSS MB | % of a processor |");
            Console.WriteLine("|---|---:|---:|---:|");
            foreach (var row in rows) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {row.Name} | {row.Pss / 1e3:0} | {row.Rss / 1e3:0} | {row.Processor * 100:0.0} |"));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| **all** | **{rows.Sum(row => row.Pss) / 1e3:0}** | {rows.Sum(row => row.Rss) / 1e3:0} | {rows.Sum(row => row.Processor) * 100:0.0} |"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static async Task<(TimeSpan Elapsed, ChildProcess Process, Func<Task> StopAsync)> StartAsync(string clone, DataFolder data)
    {
        var since = Stopwatch.StartNew();
        var ready = new TaskCompletionSource<TimeSpan>(TaskCreationOptions.RunContinuationsAsynchronously);
        var output = new List<string>();
        var command = new Kampung.AppHost.Processes.Command("dotnet", ["run", "--project", "src/AppHost", "--", "--port", "0", "--data", data.Path]) { WorkingDirectory = clone };
        var process = ChildProcess.Start(command, line =>
        {
            lock (output) output.Add(line);
            if (line.StartsWith("ready: ", StringComparison.Ordinal)) ready.TrySetResult(since.Elapsed);
        });
        if (await Task.WhenAny(ready.Task, process.Exited) == process.Exited)
            throw new KampungException($"It ended before it was ready:\n{string.Join('\n', output)}");
        return (await ready.Task, process, StopAsync);

        async Task StopAsync()
        {
            Signals.Send(ControlFile.TryRead(data)!.ProcessId, Signal.Terminate);
            await process.Exited;
        }
    }

    /// <param name="Pss">In KB; a page that several processes share counts once in all, which <paramref name="Rss"/> counts for each.</param>
    /// <param name="Processor">Share of one.</param>
    sealed record Row(string Name, long Pss, long Rss, double Processor);

    static async Task<List<Row>> IdleAsync(DataFolder data, ChildProcess run)
    {
        var (client, processes) = await ControlClient.ConnectAsync(data);
        using var closing = client;
        var before = Trees().Select(row => Seconds(row.Tree)).ToList();
        await Task.Delay(Watched);
        return [.. Trees().Select((row, i) => new Row(row.Name, row.Tree.Sum(id => Kilobytes(id, "Pss:")), row.Tree.Sum(id => Kilobytes(id, "Rss:")),
            (Seconds(row.Tree) - before[i]) / Watched.TotalSeconds))];

        // Looked for anew each time: PostgreSQL's sessions come and go.
        List<(string Name, IReadOnlyList<int> Tree)> Trees()
        {
            List<(string Name, IReadOnlyList<int> Tree)> trees = [.. processes.Select(process => (process.Name, (IReadOnlyList<int>)[.. ProcessIdentity.Of(process.Pid!.Value)!.Tree()]))];
            var known = trees.SelectMany(row => row.Tree).Append(client.File.ProcessId).ToHashSet();
            return
            [
                .. trees, ("AppHost", [client.File.ProcessId]),
                ("AppHost's guardian", [.. ProcessIdentity.Of(client.File.ProcessId)!.Tree().Where(id => !known.Contains(id))]), ("`dotnet run` itself", [run.Id]),
            ];
        }

        static double Seconds(IEnumerable<int> tree) => tree.Sum(id => BenchVillage.ProcessorOf(id).TotalSeconds);
    }

    static long Kilobytes(int process, string field)
    {
        var line = File.ReadLines($"/proc/{process}/smaps_rollup").First(line => line.StartsWith(field, StringComparison.Ordinal));
        return long.Parse(line[field.Length..^2].Trim(), CultureInfo.InvariantCulture);
    }

    static async Task<string> LoadAsync() => (await File.ReadAllTextAsync("/proc/loadavg")).Split(' ')[0];

    static void Time(string start, TimeSpan elapsed) => Console.WriteLine($"| {start} | {Seconds(elapsed)} |");

    static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture);
}
