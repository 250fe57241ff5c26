using Kampung.AppHost;
using Kampung.AppHost.Processes;

namespace Kampung.Web.Tests;

/// <summary>The web app as somebody works on it: <c>npm run dev</c>, but for the types.</summary>
sealed class DevelopmentServer : IAsyncDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    readonly ChildProcess process;

    DevelopmentServer(ChildProcess process) => this.process = process;

    public static async Task<DevelopmentServer> StartAsync(int port, string gateway)
    {
        var isReady = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var command = new Command("node", ["node_modules/vite/bin/vite.js", "--port", $"{port}"])
        {
            WorkingDirectory = Repository.Find().Web,
            Environment = new Dictionary<string, string?> { ["GATEWAY"] = gateway, ["NO_COLOR"] = "1" },
        };
        List<string> lines = [];
        var process = ChildProcess.Start(command, line =>
        {
            lock (lines) lines.Add(line);
            if (line.Contains("ready in", StringComparison.Ordinal)) isReady.TrySetResult();
        });
        if (await Task.WhenAny(isReady.Task, process.Exited, Task.Delay(Patience)) == isReady.Task) return new(process);
        process.Kill();
        throw new ShouldAssertException($"The development server did not start:\n{string.Join('\n', lines)}");
    }

    public async ValueTask DisposeAsync() => await process.StopAsync(TimeSpan.FromSeconds(10), Signal.Interrupt);
}
