using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Kampung.AppHost;
using Kampung.Testing;

namespace Kampung.Registry.Tests;

/// <summary>The npm package eureka-js-client, in a Node.js process of its own.</summary>
sealed class NodeClient : IAsyncDisposable
{
    static readonly string Folder = Path.Combine(Repository.Find().Root, "tests", "Registry.Tests", "eureka-js-client");

    readonly ConcurrentQueue<string> lines = new();
    readonly Process process;

    NodeClient(Process process)
    {
        this.process = process;
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public static async Task<NodeClient> StartAsync(Uri registry, string path)
    {
        await Npm.InstallAsync(Folder);
        return new NodeClient(Start("node", "client.js", registry.Port.ToString(CultureInfo.InvariantCulture), path));
    }

    /// <summary>Asks until the client answers with this line.</summary>
    public Task Says(string line, string? command = null) => Eventually.Is(async () =>
    {
        if (command is not null) await process.StandardInput.WriteLineAsync(command);
        await Task.Delay(50);
        while (lines.TryDequeue(out var said))
            if (said == line) return true;
        return false;
    }, text: $"the client says {line}");

    public async Task StopAsync()
    {
        await process.StandardInput.WriteLineAsync("stop");
        await process.WaitForExitAsync();
    }

    public void Kill() => process.Kill();

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited) process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    void Keep(string? line)
    {
        if (line is not null) lines.Enqueue(line);
    }

    static Process Start(string program, params string[] arguments) => Process.Start(new ProcessStartInfo(program, arguments)
    {
        WorkingDirectory = Folder,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;
}
