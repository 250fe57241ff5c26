namespace Kampung.Broker.Log;

/// <summary>
/// Group commit: one flush to disk serves everybody who asked for one before it began. While a flush runs, the next group gathers.
/// </summary>
/// <param name="flush">Writes to disk all that was written to the file so far; called by one thread at a time, outside of any lock.</param>
internal sealed class GroupCommit(Action flush) : IThreadPoolWorkItem
{
    readonly Lock _gate = new();
    TaskCompletionSource? _next;
    bool _flushing;

    /// <summary>Completes after a flush that began after this call; fails if that flush failed.</summary>
    public Task CommitAsync()
    {
        lock (_gate)
        {
            _next ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (!_flushing)
            {
                _flushing = true;
                ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            }
            return _next.Task;
        }
    }

    void IThreadPoolWorkItem.Execute()
    {
        TaskCompletionSource group;
        lock (_gate)
        {
            group = _next!;
            _next = null;
        }

        try
        {
            flush();
            group.SetResult();
        }
#pragma warning disable CA1031 // whatever stops a flush is told to everyone who waits for it
        catch (Exception error)
        {
            group.SetException(error);
            _ = group.Task.Exception; // observed, also when nobody waits
        }
#pragma warning restore CA1031

        lock (_gate)
        {
            if (_next is null) _flushing = false;
            else ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }
}
