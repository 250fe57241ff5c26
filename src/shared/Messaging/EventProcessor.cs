using System.ComponentModel.DataAnnotations.Schema;
using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kampung.Messaging;

/// <summary>
/// Gives deliveries to their handlers, each inside a transaction that also holds its inbox row, so that an event takes effect once however often it comes.
/// </summary>
/// <remarks>
/// Every failure of a handler ends in the database: as a parked message, later as a dead letter. Only when the database itself cannot be reached do these methods
/// throw, and then nothing was changed: the caller waits and gives the same deliveries again.
/// </remarks>
sealed class EventProcessor(
    IServiceScopeFactory scopes, MessagingDatabase database, EventHandlers handlers, ParkedSignal parkedSignal, MessagingTelemetry telemetry,
    IOptions<MessagingOptions> options, TimeProvider time, ILogger<EventProcessor> logger)
{
    readonly MessagingOptions _options = options.Value;

    /// <summary>Handles the deliveries in their order: together in one transaction or, when that fails, each in its own.</summary>
    public async Task HandleAsync(IReadOnlyList<Delivery> batch, CancellationToken stop)
    {
        if (batch.Count > 1)
        {
            try
            {
                using var quiet = MessagingTelemetry.Quiet();
                await InTransactionAsync(batch, attempt: 1, stop);
                return;
            }
            catch (Exception error) when (!stop.IsCancellationRequested)
            {
                logger.LogDebug("A batch of {Count} events is handled one by one: {Reason}", batch.Count, error.Message);
            }
        }
        foreach (var delivery in batch) await HandleAsync(delivery, stop);
    }

    async Task HandleAsync(Delivery delivery, CancellationToken stop)
    {
        using var span = telemetry.StartProcess(delivery);
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await InTransactionAsync([delivery], attempt, stop);
                return;
            }
            catch (Exception error) when (!stop.IsCancellationRequested)
            {
                span?.AddException(error);
                if (attempt >= Math.Min(_options.ImmediateAttempts, _options.MaxAttempts))
                {
                    span?.SetStatus(ActivityStatusCode.Error, error.Message);
                    await ParkAsync(delivery, attempt, error, stop);
                    return;
                }
            }
            await Task.Delay(_options.ImmediateDelay * (1 << Math.Min(attempt - 1, 10)), time, stop);
        }
    }

    async Task InTransactionAsync(IReadOnlyList<Delivery> deliveries, int attempt, CancellationToken stop)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = database.In(scope.ServiceProvider);
        await using var transaction = await db.Database.BeginTransactionAsync(stop);
        var (fresh, held) = await ClaimAsync(db, deliveries, stop);
        var done = new List<Action>();
        foreach (var delivery in deliveries)
        {
            if (!fresh.Remove(delivery.EventId))
            {
                done.Add(() => telemetry.Duplicate(delivery.Topic));
            }
            else if (delivery.Unreadable is { } reason)
            {
                db.Add(Parked(delivery, ParkedState.Unreadable, attempts: 0, reason));
                done.Add(() => BecameDead(delivery, reason));
            }
            else if (delivery.Key is not null && held.Contains(delivery.Key))
            {
                db.Add(Parked(delivery, ParkedState.Parked, attempts: 0, error: null));
                done.Add(() => BecameParked(delivery));
            }
            else
            {
                await InvokeAsync(delivery, scope.ServiceProvider, attempt, ownSpan: deliveries.Count > 1, stop);
                done.Add(() => telemetry.Handled(delivery.Topic));
            }
            await SaveAsync(db, stop);
            db.ChangeTracker.Clear();
        }
        await FinishAsync(scope.ServiceProvider, stop);
        await CommitAsync(db, stop);
        handlers.Wake(scope.ServiceProvider);
        done.ForEach(report => report());
    }

    /// <summary>Writes the inbox rows. Returns the ids that were not there yet, and which keys have to wait behind an earlier message.</summary>
    async Task<(HashSet<Guid> Fresh, HashSet<string> Held)> ClaimAsync(DbContext db, IReadOnlyList<Delivery> deliveries, CancellationToken stop)
    {
        // Sorted, so that two instances that got the same events (a rebalance) wait for each other instead of dead-locking.
        var ids = deliveries.Select(delivery => delivery.EventId).Distinct().Order().ToArray();
        var keys = deliveries.Select(delivery => delivery.Key).OfType<string>().Distinct().ToArray();
        var now = time.GetUtcNow();
        var claims = await db.Database.SqlQuery<Claim>($"""
            with fresh as (
                insert into inbox (consumer, event_id, handled_at) select {_options.Service}, id, {now} from unnest({ids}) as id
                on conflict do nothing returning event_id)
            select event_id as "EventId", null as "HeldKey" from fresh
            union all
            select distinct null::uuid, key from parked_messages
            where consumer = {_options.Service} and key = any({keys}) and state <> 'unreadable'
            """).ToListAsync(stop);
        return ([.. claims.Select(claim => claim.EventId).OfType<Guid>()], [.. claims.Select(claim => claim.HeldKey).OfType<string>()]);
    }

    // Named here, since a service's naming convention would look for columns of other names.
    sealed record Claim([property: Column("EventId")] Guid? EventId, [property: Column("HeldKey")] string? HeldKey);

    /// <summary>Runs the handler in the caller's transaction and saves what it changed.</summary>
    public async Task InvokeAsync(Delivery delivery, IServiceProvider services, int attempt, bool ownSpan, CancellationToken stop)
    {
        using var span = ownSpan ? telemetry.StartProcess(delivery) : null;
        var started = time.GetTimestamp();
        try
        {
            await delivery.Subscription!.Handle(delivery.Event!, new EventContext
            {
                Id = delivery.EventId,
                Source = delivery.Source,
                Time = delivery.Time,
                Attempt = attempt,
                Services = services,
                CancellationToken = stop,
            });
            await SaveAsync(database.In(services), stop);
            telemetry.Processed(delivery, time.GetElapsedTime(started), error: null);
        }
        catch (Exception error) when (!stop.IsCancellationRequested)
        {
            span?.SetStatus(ActivityStatusCode.Error, error.Message).AddException(error);
            telemetry.Processed(delivery, time.GetElapsedTime(started), error);
            throw;
        }
    }

    /// <summary>What is done once for all events of the transaction.</summary>
    public async Task FinishAsync(IServiceProvider services, CancellationToken stop)
    {
        await handlers.FinishAsync(services, stop);
        await SaveAsync(database.In(services), stop);
    }

    /// <summary>Without the savepoint that EF sets for those who want to go on after a failure: here the transaction is over then.</summary>
    static async Task SaveAsync(DbContext db, CancellationToken stop)
    {
        db.Database.AutoSavepointsEnabled = false;
        await db.SaveChangesAsync(stop);
        db.Database.AutoSavepointsEnabled = true;
    }

    static async Task CommitAsync(DbContext db, CancellationToken stop)
    {
        // PostgreSQL answers COMMIT of a transaction that a swallowed error has aborted with a silent rollback. Any statement before it throws instead.
        await db.Database.ExecuteSqlAsync($"select 1", stop);
        await db.Database.CommitTransactionAsync(stop);
    }

    async Task ParkAsync(Delivery delivery, int attempts, Exception error, CancellationToken stop)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = database.In(scope.ServiceProvider);
        await using var transaction = await db.Database.BeginTransactionAsync(stop);
        var (fresh, _) = await ClaimAsync(db, [delivery], stop);
        if (fresh.Count == 0) return;
        var state = attempts >= _options.MaxAttempts ? ParkedState.Dead : ParkedState.Parked;
        db.Add(Parked(delivery, state, attempts, Describe(error)));
        await db.SaveChangesAsync(stop);
        await transaction.CommitAsync(stop);
        if (state == ParkedState.Dead) BecameDead(delivery, error.Message);
        else BecameParked(delivery, error);
    }

    ParkedMessage Parked(Delivery delivery, ParkedState state, int attempts, string? error)
    {
        var now = time.GetUtcNow();
        return new ParkedMessage
        {
            Consumer = _options.Service,
            EventId = delivery.EventId,
            Topic = delivery.Topic,
            Partition = delivery.Partition,
            Offset = delivery.Offset,
            Key = delivery.Key,
            Headers = delivery.Headers,
            Body = delivery.Body,
            State = state,
            Attempts = attempts,
            ParkedAt = now,
            DueAt = attempts == 0 ? now : now + _options.DelayAfter(attempts),
            Error = error,
        };
    }

    void BecameParked(Delivery delivery, Exception? error = null)
    {
        telemetry.Parked(delivery.Topic);
        parkedSignal.Set();
        if (error is null) logger.LogInformation("{EventType} {EventId} is parked behind an earlier event of {Key}", delivery.Type, delivery.EventId, delivery.Key);
        else logger.LogWarning(error, "{EventType} {EventId} of {Key} failed and is parked", delivery.Type, delivery.EventId, delivery.Key);
    }

    public void BecameDead(Delivery delivery, string reason)
    {
        telemetry.Dead(delivery.Topic);
        logger.LogError("{Topic} {EventId} of {Key} is a dead letter: {Reason}", delivery.Topic, delivery.EventId, delivery.Key, reason);
    }

    /// <summary>The whole exception as an operator wants it, as PostgreSQL can hold it.</summary>
    public static string Describe(Exception error)
    {
        var text = error.ToString().Replace('\0', '\uFFFD');
        return text.Length <= MaxErrorLength ? text : text[..MaxErrorLength];
    }

    const int MaxErrorLength = 8000;
}
