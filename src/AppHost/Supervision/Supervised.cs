using System.Diagnostics;
using Kampung.AppHost.Processes;

namespace Kampung.AppHost.Supervision;

/// <summary>Keeps one process running: starts it, waits until it is ready, and starts it again with back-off when it ends by itself.</summary>
public sealed class Supervised(Plan plan, LogFile log, Action changed) : IAsyncDisposable
{
    /// <summary>So many starts in a row that never became ready, and <see cref="FirstUp"/> fails. Later it goes on trying.</summary>
    const int HopelessStarts = 4;

    static readonly TimeSpan FirstBackOff = TimeSpan.FromSeconds(0.5);
    static readonly TimeSpan LongestBackOff = TimeSpan.FromSeconds(30);
    // A start that takes longer is worth a word about what it waits for.
    static readonly TimeSpan WorthAWord = TimeSpan.FromSeconds(10);

    readonly SemaphoreSlim turn = new(1);
    readonly TaskCompletionSource firstUp = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly Queue<string> lastLines = new();
    CancellationTokenSource? ending;
    Task running = Task.CompletedTask;
    ChildProcess? child;

    public Plan Plan => plan;

    public ProcessStatus Status { get; private set; } =
        new(plan.Id, plan.Name, plan.Instance, null, plan.Port, ProcessState.Waiting, 0, DateTimeOffset.UtcNow, null, log.Path);

    public ProcessIdentity? Identity => child is { Exited.IsCompleted: false } ? child.Identity : null;

    /// <summary>Done when it was ready once; fails with a <see cref="KampungException"/> when it ends again and again before.</summary>
    public Task FirstUp => firstUp.Task;

    public Task StartAsync() => InTurnAsync(() =>
    {
        if (!running.IsCompleted) return Task.CompletedTask;
        ending = new CancellationTokenSource();
        running = Task.Run(() => RunAsync(ending.Token));
        return Task.CompletedTask;
    });

    /// <summary>Asks it to end and waits; after <see cref="Plan.Grace"/> it is killed. It stays stopped until <see cref="StartAsync"/>.</summary>
    public Task StopAsync() => InTurnAsync(async () =>
    {
        if (running.IsCompleted) return;
        await ending!.CancelAsync();
        await running;
    });

    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAsync();
    }

    /// <summary>Ends it as a crash would (SIGKILL). It is started again, as after any crash.</summary>
    public void Kill() => Running.Kill();

    /// <summary>Makes it hang (SIGSTOP) until <see cref="Resume"/>.</summary>
    public void Pause()
    {
        Running.Pause();
        Set(ProcessState.Paused);
    }

    public void Resume()
    {
        if (Status.State != ProcessState.Paused) throw new KampungException($"{plan.Id} is not paused.");
        Running.Resume();
        Set(ProcessState.Up);
    }

    ChildProcess Running => child is { Exited.IsCompleted: false } ? child : throw new KampungException($"{plan.Id} is not running.");

    async Task RunAsync(CancellationToken stop)
    {
        var (failedStarts, quickEnds) = (0, 0);
        while (true)
        {
            var (ready, why) = (false, "");
            var since = Stopwatch.StartNew();
            try
            {
                Set(ProcessState.Starting, Status.Why);
                var command = await plan.Prepare(stop);
                lock (lastLines) lastLines.Clear();
                child = ChildProcess.Start(command, Log);
                Set(ProcessState.Starting, Status.Why);
                ready = await IsReadyAsync(child, stop);
                if (ready)
                {
                    Set(ProcessState.Up);
                    firstUp.TrySetResult();
                }
                var exit = await child.Exited.WaitAsync(stop);
                lock (lastLines) why = $"{How(exit)}{(LogLine.Reason(lastLines) is { } reason && exit is > 0 and < 128 ? ": " + reason : "")}";
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                await EndAsync();
                return;
            }
            catch (Exception e)
            {
                // Could not be made ready or started. What it was is told, and tried again like any other failure.
                why = e.Message;
                log.Write(e.ToString());
            }

            failedStarts = ready ? 0 : failedStarts + 1;
            if (failedStarts == HopelessStarts) firstUp.TrySetException(new KampungException($"{plan.Id} does not start: {why.TrimEnd('.')} (its log: {log.Path})."));
            // One that ran for a while is started again at once; one that keeps ending, ever later.
            if (ready && since.Elapsed > TimeSpan.FromMinutes(1)) quickEnds = 0;
            var delay = TimeSpan.FromTicks(Math.Min(LongestBackOff.Ticks, FirstBackOff.Ticks << Math.Min(quickEnds++, 10)));
            Status = Status with { Restarts = Status.Restarts + 1 };
            Set(ready ? ProcessState.Restarting : ProcessState.Failed, $"{why}; starting again in {delay.TotalSeconds:0.#} s");
            try
            {
                await Task.Delay(delay, stop);
            }
            catch (OperationCanceledException)
            {
                await EndAsync();
                return;
            }
        }
    }

    static string How(int exit) => exit switch
    {
        137 => "was killed",
        > 128 => $"was ended by signal {exit - 128}",
        _ => $"ended with exit code {exit}",
    };

    async Task<bool> IsReadyAsync(ChildProcess process, CancellationToken stop)
    {
        var since = Stopwatch.StartNew();
        while (!process.Exited.IsCompleted)
        {
            if (Status.State != ProcessState.Paused)
            {
                var missing = await plan.Missing(stop);
                if (missing is null) return true;
                if (since.Elapsed > WorthAWord && missing != Status.Why) Set(ProcessState.Starting, missing);
            }
            await Task.WhenAny(process.Exited, Task.Delay(100, stop));
            stop.ThrowIfCancellationRequested();
        }
        return false;
    }

    async Task EndAsync()
    {
        if (child is { Exited.IsCompleted: false })
        {
            Set(ProcessState.Stopping);
            var itself = await child.StopAsync(plan.Grace, plan.StopSignal);
            Set(ProcessState.Stopped, itself ? null : $"did not end within {plan.Grace.TotalSeconds:0.#} s and was killed");
        }
        else Set(ProcessState.Stopped);
    }

    void Set(ProcessState state, string? why = null)
    {
        Status = Status with { State = state, Pid = Identity?.Id, Since = state == Status.State ? Status.Since : DateTimeOffset.UtcNow, Why = why };
        changed();
    }

    void Log(string line)
    {
        log.Write(line);
        lock (lastLines)
        {
            lastLines.Enqueue(line);
            if (lastLines.Count > 50) lastLines.Dequeue();
        }
    }

    async Task InTurnAsync(Func<Task> action)
    {
        await turn.WaitAsync();
        try
        {
            await action();
        }
        finally
        {
            turn.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        log.Dispose();
        turn.Dispose();
        ending?.Dispose();
    }
}
