using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kampung.Messaging;

/// <summary>
/// Handles parked messages when they are due, of each key only the first. The row stays locked meanwhile and other instances skip it, so a message is
/// in one pair of hands; it is deleted in the transaction of what its handler changed.
/// </summary>
sealed class ParkedRetrier(
    IServiceScopeFactory scopes, MessagingDatabase database, EventHandlers handlers, EventProcessor processor, ParkedSignal signal, MessagingTelemetry telemetry,
    IOptions<MessagingOptions> options, TimeProvider time, ILogger<ParkedRetrier> logger) : BackgroundService
{
    readonly MessagingOptions _options = options.Value;

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var wait = _options.ParkedPoll;
            try
            {
                using var quiet = MessagingTelemetry.Quiet();
                if (await RetryNextAsync(stop)) continue;
                wait = await LookAheadAsync(stop);
            }
            catch (Exception error)
            {
                if (!stop.IsCancellationRequested) logger.LogWarning("Parked messages of {Service} cannot be looked at: {Reason}", _options.Service, error.Message);
            }
            await ((Task)signal.WaitAsync(wait, stop)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Handles one message; false when none is due.</summary>
    async Task<bool> RetryNextAsync(CancellationToken stop)
    {
        ParkedMessage? parked = null;
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var db = database.In(scope.ServiceProvider);
            await using var transaction = await db.Database.BeginTransactionAsync(stop);
            parked = await NextAsync(db, stop);
            if (parked is null) return false;

            var delivery = Delivery.Of(parked, handlers);
            if (delivery.Unreadable is { } reason)
            {
                await GiveUpAsync(db, parked, ParkedState.Unreadable, reason, stop);
                await transaction.CommitAsync(stop);
                processor.BecameDead(delivery, reason);
                return true;
            }
            await processor.InvokeAsync(delivery, scope.ServiceProvider, parked.Attempts + 1, ownSpan: true, stop);
            await processor.FinishAsync(scope.ServiceProvider, stop);
            await db.Set<ParkedMessage>().Where(row => row.Id == parked.Id).ExecuteDeleteAsync(stop);
            await transaction.CommitAsync(stop);
            handlers.Wake(scope.ServiceProvider);
            telemetry.Handled(parked.Topic);
            logger.LogInformation("Parked event {EventId} of {Key} was handled at attempt {Attempt}", parked.EventId, parked.Key, parked.Attempts + 1);
        }
        catch (Exception error) when (parked is not null && !stop.IsCancellationRequested)
        {
            await FailedAsync(parked, error, stop);
        }
        return true;
    }

    async Task<ParkedMessage?> NextAsync(DbContext db, CancellationToken stop) => (await db.Set<ParkedMessage>().FromSql($"""
        select * from parked_messages p
        where consumer = {_options.Service} and state = 'parked' and due_at <= {time.GetUtcNow()} and not exists (
            select 1 from parked_messages earlier
            where earlier.consumer = p.consumer and earlier.key = p.key and earlier.id < p.id and earlier.state <> 'unreadable')
        order by due_at, id limit 1
        for update skip locked
        """).AsNoTracking().ToListAsync(stop)).SingleOrDefault();

    async Task FailedAsync(ParkedMessage parked, Exception error, CancellationToken stop)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = database.In(scope.ServiceProvider);
        var attempts = parked.Attempts + 1;
        if (attempts >= _options.MaxAttempts)
        {
            await GiveUpAsync(db, parked, ParkedState.Dead, EventProcessor.Describe(error), stop);
            processor.BecameDead(Delivery.Of(parked, handlers), error.Message);
            return;
        }
        var due = time.GetUtcNow() + _options.DelayAfter(attempts);
        await Unchanged(db, parked).ExecuteUpdateAsync(row => row
            .SetProperty(message => message.Attempts, attempts)
            .SetProperty(message => message.DueAt, due)
            .SetProperty(message => message.Error, EventProcessor.Describe(error)), stop);
        logger.LogWarning("Parked event {EventId} of {Key} failed at attempt {Attempt}, next one at {Due}: {Reason}", parked.EventId, parked.Key, attempts, due, error.Message);
    }

    static Task<int> GiveUpAsync(DbContext db, ParkedMessage parked, ParkedState state, string error, CancellationToken stop) =>
        Unchanged(db, parked).ExecuteUpdateAsync(row => row
            .SetProperty(message => message.Attempts, parked.Attempts + 1)
            .SetProperty(message => message.State, state)
            .SetProperty(message => message.Error, error), stop);

    // Between the rollback of a failed attempt and the note of it, another instance may have tried too: then its note stands.
    static IQueryable<ParkedMessage> Unchanged(DbContext db, ParkedMessage parked) => db.Set<ParkedMessage>()
        .Where(message => message.Id == parked.Id && message.State == ParkedState.Parked && message.Attempts == parked.Attempts);

    /// <summary>Counts what is there and says how long nothing will be due.</summary>
    async Task<TimeSpan> LookAheadAsync(CancellationToken stop)
    {
        await using var scope = scopes.CreateAsyncScope();
        var mine = database.In(scope.ServiceProvider).Set<ParkedMessage>().Where(message => message.Consumer == _options.Service);
        var now = time.GetUtcNow();
        var seen = await mine.GroupBy(_ => 1).Select(all => new
        {
            Parked = all.Count(message => message.State == ParkedState.Parked),
            Dead = all.Count(message => message.State != ParkedState.Parked),
            NextDue = all.Where(message => message.State == ParkedState.Parked && message.DueAt > now).Min(message => (DateTimeOffset?)message.DueAt),
        }).SingleOrDefaultAsync(stop);
        (telemetry.ParkedDepth, telemetry.DeadLetterDepth) = (seen?.Parked ?? 0, seen?.Dead ?? 0);
        return seen?.NextDue is { } due && due - now < _options.ParkedPoll ? due - now : _options.ParkedPoll;
    }
}
