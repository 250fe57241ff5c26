using Kampung.AppHost.Processes;

namespace Kampung.Broker.Tests;

/// <summary>Other people's programs, run to their end.</summary>
static class Programs
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <returns>What it wrote, line by line. Fails when it ends with another code than 0.</returns>
    public static async Task<string[]> RunAsync(string program, string[] arguments, string? folder = null)
    {
        var lines = new List<string>();
        var process = ChildProcess.Start(new Command(program, arguments) { WorkingDirectory = folder }, line =>
        {
            lock (lines) lines.Add(line);
        });
        try
        {
            (await process.Exited.WaitAsync(Patience)).ShouldBe(0, $"{program} {string.Join(' ', arguments)}\n{string.Join('\n', lines)}");
        }
        catch (TimeoutException)
        {
            process.Kill();
            throw new ShouldAssertException($"{program} {string.Join(' ', arguments)} did not end within {Patience.TotalSeconds} s:\n{string.Join('\n', lines)}");
        }
        lock (lines) return [.. lines];
    }
}
