using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Kampung.ServiceDefaults;

/// <summary>Wakes <see cref="DueWork"/> at the earliest of the times that it was set to. Only a commit sets it: before that there is nothing to be seen.</summary>
public sealed class Alarm(TimeProvider time) : DbTransactionInterceptor, IDisposable
{
    readonly Lock gate = new();
    readonly SemaphoreSlim changed = new(0, 1);
    DateTimeOffset earliest;

    internal void Reset(TimeSpan atMost)
    {
        lock (gate) earliest = time.GetUtcNow() + atMost;
    }

    internal void At(DateTimeOffset due)
    {
        lock (gate)
        {
            if (due >= earliest) return;
            earliest = due;
            if (changed.CurrentCount == 0) changed.Release();
        }
    }

    internal async Task WaitAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested && Left() is var left && left > TimeSpan.Zero)
            await changed.WaitAsync(left, ct).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    public override void TransactionCommitted(DbTransaction transaction, TransactionEndEventData eventData)
    {
        if (DueWorkExtensions.TakePromise(eventData.Context) is { } due) At(due);
    }

    public override Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        TransactionCommitted(transaction, eventData);
        return Task.CompletedTask;
    }

    public void Dispose() => changed.Dispose();

    // A millisecond more than is left, as timers ring a little early and the row would not be due yet.
    TimeSpan Left()
    {
        lock (gate) return earliest - time.GetUtcNow() is { Ticks: > 0 } left ? left + TimeSpan.FromMilliseconds(1) : TimeSpan.Zero;
    }
}
