using System.Diagnostics;
using System.Globalization;
using Kampung.AppHost.Supervision;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Kampung.AppHost.Display;

/// <summary>A table in the terminal that is drawn anew as things change.</summary>
public sealed class LiveTable : IDisplay
{
    static readonly TimeSpan Frame = TimeSpan.FromMilliseconds(200);

    readonly Lock changing = new();
    readonly List<string> said = [];
    readonly Stopwatch since;
    readonly CancellationTokenSource ending = new();
    readonly Task drawing;
    IReadOnlyList<ProcessStatus> processes = [];
    string? readyAt;
    TimeSpan readyAfter;

    public LiveTable(Stopwatch since)
    {
        this.since = since;
        drawing = AnsiConsole.Live(new Text("")).AutoClear(false).Overflow(VerticalOverflow.Crop).StartAsync(DrawAsync);
    }

    public void Say(string text)
    {
        lock (changing) said.Add(text);
    }

    public void Show(IReadOnlyList<ProcessStatus> processes)
    {
        lock (changing) this.processes = processes;
    }

    public void Ready(string url)
    {
        lock (changing) (readyAt, readyAfter) = (url, since.Elapsed);
    }

    async Task DrawAsync(LiveDisplayContext live)
    {
        while (!ending.IsCancellationRequested)
        {
            live.UpdateTarget(Picture());
            await Task.WhenAny(Task.Delay(Frame, ending.Token));
        }
        live.UpdateTarget(Picture());
    }

    Rows Picture()
    {
        lock (changing)
        {
            List<IRenderable> rows = [];
            if (readyAt is null && processes.Count == 0) rows.Add(new Markup($"[grey]{since.Elapsed.TotalSeconds,4:0} s[/]"));
            rows.AddRange(said.TakeLast(4).Select(text => new Text(text, new Style(Color.Grey))));
            if (processes.Count > 0) rows.Add(TableOf(processes));
            if (readyAt is not null && processes.Any(process => process.State != ProcessState.Stopped))
            {
                rows.Add(new Text(string.Create(CultureInfo.InvariantCulture, $"started in {readyAfter.TotalSeconds:0.0} s, Ctrl+C stops it"), new Style(Color.Grey)));
                rows.Add(new Text($"ready: {readyAt}", new Style(Color.Green, decoration: Decoration.Bold)));
            }
            return new Rows(rows);
        }
    }

    /// <summary>The same table, for the verb <c>status</c>.</summary>
    public static Table TableOf(IReadOnlyList<ProcessStatus> processes)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("process", "state", "port", "pid", "restarts", "since", "why, and where its log is");
        foreach (var process in processes)
        {
            var trouble = process.Why is null ? "" : $"{process.Why} ({process.Log})";
            table.AddRow(
                new Text(process.Name),
                new Text(process.State.ToString().ToLowerInvariant(), new Style(ColorOf(process.State))),
                new Text(process.Port.ToString(CultureInfo.InvariantCulture)),
                new Text(process.Pid?.ToString(CultureInfo.InvariantCulture) ?? ""),
                new Text(process.Restarts == 0 ? "" : process.Restarts.ToString(CultureInfo.InvariantCulture)),
                new Text(process.Since.ToLocalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture)),
                new Text(trouble));
        }
        return table;
    }

    static Color ColorOf(ProcessState state) => state switch
    {
        ProcessState.Up => Color.Green,
        ProcessState.Failed or ProcessState.Restarting => Color.Red,
        ProcessState.Paused => Color.Yellow,
        _ => Color.Grey,
    };

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        await drawing;
        ending.Dispose();
    }
}
