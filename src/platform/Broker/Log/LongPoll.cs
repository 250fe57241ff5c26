namespace Kampung.Broker.Log;

/// <summary>A fetch that waits for records: woken by a log that got some, or when its time is over.</summary>
internal sealed class LongPoll : IDisposable
{
    readonly Lock _gate = new();
    readonly Timer _timer;
    TaskCompletionSource _woken = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public LongPoll(TimeSpan atMost)
    {
        _timer = new Timer(static poll => ((LongPoll)poll!).End(), this, atMost, Timeout.InfiniteTimeSpan);
    }

    public bool Over { get; private set; }

    public void Wake()
    {
        lock (_gate) _woken.TrySetResult();
    }

    /// <summary>Completes at the next wake, or at once if there was one since the last wait.</summary>
    public async Task WaitAsync()
    {
        Task woken;
        lock (_gate) woken = _woken.Task;
        await woken;
        lock (_gate)
            if (!Over) _woken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public void Dispose() => _timer.Dispose();

    void End()
    {
        Over = true;
        Wake();
    }
}
