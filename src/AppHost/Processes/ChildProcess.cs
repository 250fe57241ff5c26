using System.Diagnostics;

namespace Kampung.AppHost.Processes;

/// <summary>
/// A process that we started: its output line by line, its end as a task, and the ways to end or pause it.
/// It does not outlive this process (see <see cref="Guardian"/>).
/// </summary>
public sealed class ChildProcess
{
    readonly Process process;

    ChildProcess(Process process, ProcessIdentity identity, Task<int> exited) => (this.process, Identity, Exited) = (process, identity, exited);

    public ProcessIdentity Identity { get; }

    public int Id => Identity.Id;

    /// <summary>The exit code; 128 + the signal's number when a signal ended it.</summary>
    public Task<int> Exited { get; }

    /// <param name="onLine">Gets each line of standard output and standard error, from several threads.</param>
    public static ChildProcess Start(Command command, Action<string> onLine)
    {
        var start = Detached.StartInfo(command);
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        var ended = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.Exited += (_, _) => ended.TrySetResult(process.ExitCode);
        process.Start();
        process.StandardInput.Close();
        var identity = ProcessIdentity.Of(process.Id) ?? new ProcessIdentity(process.Id, 0);
        Guardian.Add(identity);
        var output = Task.WhenAll(ReadAsync(process.StandardOutput, onLine), ReadAsync(process.StandardError, onLine));
        return new ChildProcess(process, identity, EndAsync());

        async Task<int> EndAsync()
        {
            var exit = await ended.Task;
            Guardian.Remove(identity);
            // Its last words, unless a grandchild keeps the pipe open.
            await Task.WhenAny(output, Task.Delay(TimeSpan.FromSeconds(1)));
            return exit;
        }
    }

    /// <summary>Asks it to end, and kills it when it has not within the time.</summary>
    /// <returns>Whether it ended by itself.</returns>
    public async Task<bool> StopAsync(TimeSpan within, Signal signal = Signal.Terminate)
    {
        if (!OperatingSystem.IsWindows())
        {
            Resume();
            Signals.Send(Id, signal);
            if (await Task.WhenAny(Exited, Task.Delay(within)) == Exited) return true;
        }
        Kill();
        await Exited;
        return false;
    }

    /// <summary>Ends it and all below it at once (SIGKILL).</summary>
    public void Kill() => Identity.Kill();

    /// <summary>Stops it and all below it in its tracks, as a hung process (SIGSTOP), until <see cref="Resume"/>.</summary>
    public void Pause() => SendToTree(Signal.Stop);

    public void Resume() => SendToTree(Signal.Continue);

    void SendToTree(Signal signal)
    {
        if (OperatingSystem.IsWindows()) throw new KampungException("Windows cannot pause a process.");
        if (process.HasExited) return;
        foreach (var id in Identity.Tree()) Signals.Send(id, signal);
    }

    static async Task ReadAsync(StreamReader reader, Action<string> onLine)
    {
        try
        {
            while (await reader.ReadLineAsync() is { } line) onLine(line);
        }
        catch (IOException)
        {
            // The pipe broke as the process was killed.
        }
    }
}
