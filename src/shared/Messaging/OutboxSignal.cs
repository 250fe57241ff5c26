using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Kampung.Messaging;

/// <summary>Wakes the relay when a transaction that published events has committed, so that nobody waits for a poll.</summary>
sealed class OutboxSignal : Signal, ISaveChangesInterceptor, IDbTransactionInterceptor
{
    public int SavedChanges(SaveChangesCompletedEventData eventData, int result)
    {
        // Inside a transaction the rows are not visible yet: its commit wakes the relay.
        if (eventData.Context?.Database.CurrentTransaction is null && Outbox.TakePublishing(eventData.Context)) Set();
        return result;
    }

    public ValueTask<int> SavedChangesAsync(SaveChangesCompletedEventData eventData, int result, CancellationToken cancellationToken = default) =>
        ValueTask.FromResult(SavedChanges(eventData, result));

    public void TransactionCommitted(DbTransaction transaction, TransactionEndEventData eventData)
    {
        if (Outbox.TakePublishing(eventData.Context)) Set();
    }

    public Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        TransactionCommitted(transaction, eventData);
        return Task.CompletedTask;
    }
}

/// <summary>Wakes the retrier when a message was parked, replayed or discarded in this instance.</summary>
sealed class ParkedSignal : Signal;

/// <summary>An auto-reset event that can be awaited: any number of sets before a wait wake it once.</summary>
public abstract class Signal() : SemaphoreSlim(initialCount: 0, maxCount: 1)
{
    public void Set()
    {
        try
        {
            Release();
        }
        catch (SemaphoreFullException)
        {
            // Set already.
        }
    }
}
