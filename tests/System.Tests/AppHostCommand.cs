using Kampung.AppHost;
using Kampung.AppHost.Processes;

namespace Kampung.SystemTests;

/// <summary>AppHost's command line as a person uses it, until it ends.</summary>
static class AppHostCommand
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    public static async Task<(int Exit, IReadOnlyList<string> Lines)> RunAsync(params string[] arguments)
    {
        var lines = new List<string>();
        var process = ChildProcess.Start(Command.DotNet(Repository.Find().Assembly("AppHost"), arguments), line =>
        {
            lock (lines) lines.Add(line);
        });
        if (await Task.WhenAny(process.Exited, Task.Delay(Patience)) != process.Exited) await process.StopAsync(TimeSpan.FromMinutes(1), Signal.Interrupt);
        return (await process.Exited, lines);
    }
}
