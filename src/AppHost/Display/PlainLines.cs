using System.Diagnostics;
using System.Globalization;
using Kampung.AppHost.Supervision;

namespace Kampung.AppHost.Display;

/// <summary>One line a change, for output that is not a terminal.</summary>
public sealed class PlainLines(Stopwatch since) : IDisplay
{
    readonly Lock writing = new();
    readonly Dictionary<string, (ProcessState, string?)> shown = [];

    public void Say(string text) => Write(text);

    public void Show(IReadOnlyList<ProcessStatus> processes)
    {
        lock (writing)
            foreach (var process in processes)
            {
                var now = (process.State, process.Why);
                if (process.State == ProcessState.Waiting || (shown.TryGetValue(process.Name, out var before) && before == now)) continue;
                shown[process.Name] = now;
                // Why it ended is said once, when it ended.
                if (process.State == ProcessState.Starting && before.Item1 == ProcessState.Starting) continue;
                var why = process is { Why: not null, State: not ProcessState.Starting } ? $" ({process.Why}; log: {process.Log})" : "";
                Write($"{process.Name} {process.State.ToString().ToLowerInvariant()}{why}");
            }
    }

    public void Ready(string url)
    {
        lock (writing) Console.WriteLine($"ready: {url}");
    }

    void Write(string text)
    {
        lock (writing) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{since.Elapsed.TotalSeconds,6:0.0}s  {text}"));
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
