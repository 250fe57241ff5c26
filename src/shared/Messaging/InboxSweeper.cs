using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kampung.Messaging;

/// <summary>Forgets the ids of events that were dealt with so long ago that they will not come again. Those of parked messages are kept with them.</summary>
sealed class InboxSweeper(
    IServiceScopeFactory scopes, MessagingDatabase database, IOptions<MessagingOptions> options, TimeProvider time, ILogger<InboxSweeper> logger) : BackgroundService
{
    const int Chunk = 10_000;

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                using var quiet = MessagingTelemetry.Quiet();
                await SweepAsync(stop);
            }
            catch (Exception error)
            {
                if (!stop.IsCancellationRequested) logger.LogWarning("The inbox of {Service} was not swept: {Reason}", options.Value.Service, error.Message);
            }
            await Task.Delay(options.Value.InboxSweep, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>In chunks, so that no transaction is long.</summary>
    async Task SweepAsync(CancellationToken stop)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = database.In(scope.ServiceProvider);
        var old = time.GetUtcNow() - options.Value.InboxRetention;
        int deleted;
        do
        {
            deleted = await db.Database.ExecuteSqlAsync($"""
                delete from inbox where (consumer, event_id) in (
                    select consumer, event_id from inbox i
                    where handled_at < {old} and not exists (select 1 from parked_messages p where p.consumer = i.consumer and p.event_id = i.event_id)
                    order by handled_at limit {Chunk})
                """, stop);
        }
        while (deleted == Chunk);
    }
}
