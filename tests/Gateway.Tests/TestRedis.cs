using System.Net.Sockets;
using Kampung.AppHost.Processes;
using Kampung.Testing;

namespace Kampung.Gateway.Tests;

/// <summary>Debian's redis-server on a free port, with a folder of its own and nothing written to it.</summary>
public sealed class TestRedis : IAsyncDisposable
{
    readonly TemporaryFolder folder = new();
    readonly int port = FreePort.Next();
    ChildProcess process = null!;

    public string Configuration => $"127.0.0.1:{port}";

    public static async Task<TestRedis> StartAsync()
    {
        var redis = new TestRedis();
        await redis.StartAgainAsync();
        return redis;
    }

    public async Task StartAgainAsync()
    {
        var paths = Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator).Append("/usr/bin");
        var program = paths.Select(path => Path.Combine(path, "redis-server")).FirstOrDefault(File.Exists);
        program.ShouldNotBeNull("redis-server is not installed: apt-get install redis-server");
        process = ChildProcess.Start(new(program, ["--port", $"{port}", "--bind", "127.0.0.1", "--dir", folder.Path, "--save", "", "--appendonly", "no"]), _ => { });
        await Eventually.Passes(async () =>
        {
            process.Exited.IsCompleted.ShouldBeFalse();
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", port);
        });
    }

    /// <summary>SIGSTOP: it hangs, its connections stay open.</summary>
    public void Pause() => process.Pause();

    public void Resume() => process.Resume();

    public async Task KillAsync()
    {
        process.Kill();
        await process.Exited;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.Exited.IsCompleted) await KillAsync();
        folder.Dispose();
    }
}
