using System.Diagnostics;
using Kampung.AppHost.Supervision;

namespace Kampung.AppHost.Chaos;

/// <summary>A fault that came to pass.</summary>
/// <param name="At">When it really did, from the beginning of the run.</param>
/// <param name="Recovery">Until the process answered again as ready: after the kill, or after the end of the pause. Null: it did not, or nothing had to.</param>
/// <param name="Copies">Events that came again.</param>
public sealed record Suffered(Fault Fault, TimeSpan At, TimeSpan? Recovery, string? Note = null, int Copies = 0)
{
    /// <summary>How it ended, for people.</summary>
    public string Outcome(Func<TimeSpan, string> seconds) => Fault.Kind == FaultKind.Redeliver ? $"{Copies} events came again" : Recovery is { } time ? seconds(time) : Note ?? "";
}

/// <summary>Carries out the plan.</summary>
sealed class Saboteur(ControlClient control, Redelivery redelivery, Stopwatch clock, Action<string> say) : IDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromMinutes(2), Poll = TimeSpan.FromMilliseconds(100);

    // So many processes are down at once by our hand, at most; what they take down with them comes on top.
    readonly SemaphoreSlim hands = new(2);
    readonly HttpClient health = new() { Timeout = TimeSpan.FromSeconds(5) };

    int begun;

    /// <summary>Faults that are under way or over.</summary>
    public int Begun => Volatile.Read(ref begun);

    public async Task<IReadOnlyList<Suffered>> RunAsync(IReadOnlyList<Fault> plan, CancellationToken stop) =>
        await Task.WhenAll(plan.Select(async fault =>
        {
            await Task.Delay(fault.At > clock.Elapsed ? fault.At - clock.Elapsed : TimeSpan.Zero, stop);
            var suffered = fault.Kind == FaultKind.Redeliver ? await RedeliverAsync(fault, stop) : await HurtAsync(fault, stop);
            say($"{fault}: {suffered.Outcome(time => $"ready again after {time.TotalSeconds:0.0} s")}");
            return suffered;
        }));

    async Task<Suffered> RedeliverAsync(Fault fault, CancellationToken stop)
    {
        Interlocked.Increment(ref begun);
        var at = clock.Elapsed;
        return new(fault, at, null, Copies: await redelivery.RunAsync(stop));
    }

    async Task<Suffered> HurtAsync(Fault fault, CancellationToken stop)
    {
        await hands.WaitAsync(stop);
        Interlocked.Increment(ref begun);
        try
        {
            return await HurtNowAsync(fault, stop);
        }
        finally
        {
            hands.Release();
        }
    }

    async Task<Suffered> HurtNowAsync(Fault fault, CancellationToken stop)
    {
        var before = await UpAsync(fault.Target, other: null, stop);
        if (before is null) return new(fault, clock.Elapsed, null, "was not up in time to be broken");
        var (at, since) = (clock.Elapsed, Stopwatch.StartNew());
        try
        {
            switch (fault.Kind)
            {
                case FaultKind.Kill:
                    await control.SendAsync(fault.Target, "kill", stop);
                    break;
                case FaultKind.Restart:
                    await control.SendAsync(fault.Target, "restart", stop);
                    break;
                default:
                    await control.SendAsync(fault.Target, "pause", stop);
                    await Task.Delay(fault.For, stop);
                    since.Restart();
                    await control.SendAsync(fault.Target, "resume", stop);
                    break;
            }
        }
        catch (KampungException e)
        {
            return new(fault, at, null, e.Message);
        }
        var after = await UpAsync(fault.Target, fault.Kind == FaultKind.Pause ? null : before.Pid, stop);
        return new(fault, at, after is null ? null : since.Elapsed, after is null ? $"was not ready again after {Patience.TotalMinutes} minutes" : null);
    }

    /// <summary>Waits until it is up, as another process than the given one, and says that it is ready.</summary>
    async Task<ProcessStatus?> UpAsync(string name, int? other, CancellationToken stop)
    {
        for (var since = Stopwatch.StartNew(); since.Elapsed < Patience; await Task.Delay(Poll, stop))
        {
            var process = await control.ProcessAsync(name, stop);
            if (process.State == ProcessState.Up && process.Pid != other && await IsReadyAsync(process, stop)) return process;
        }
        return null;
    }

    async Task<bool> IsReadyAsync(ProcessStatus process, CancellationToken stop)
    {
        if (process.Service == Village.PostgreSql) return true;
        try
        {
            using var answer = await health.GetAsync($"{process.Address}/health/ready", stop);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception e) when (e is HttpRequestException || (e is OperationCanceledException && !stop.IsCancellationRequested))
        {
            return false;
        }
    }

    public void Dispose()
    {
        health.Dispose();
        hands.Dispose();
    }
}
