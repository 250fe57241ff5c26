using System.Collections.Concurrent;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Kampung.Inventory;

/// <summary>
/// Where callers queue. Whoever gets to the desk carries out what all who wait have asked for, in one transaction; the others find theirs done.
/// So a crowd costs as many commits as it takes turns, not as many as it has heads.
/// </summary>
public sealed class StockDesk(IServiceScopeFactory scopes, ILogger<StockDesk> log) : IDisposable
{
    const int AtOnce = 100, Attempts = 5;

    readonly ConcurrentQueue<Waiting> queue = new();
    readonly SemaphoreSlim turn = new(1);

    /// <summary>Returns when the request is carried out and committed.</summary>
    public async Task AskAsync(StockRequest request)
    {
        var mine = new Waiting(request);
        queue.Enqueue(mine);
        await turn.WaitAsync();
        try
        {
            while (!mine.Done.Task.IsCompleted) await ServeAsync(Next());
        }
        finally
        {
            turn.Release();
        }
        await mine.Done.Task;
    }

    List<Waiting> Next()
    {
        var next = new List<Waiting>();
        while (next.Count < AtOnce && queue.TryDequeue(out var waiting)) next.Add(waiting);
        return next;
    }

    /// <summary>Serves them together or, when that fails, one by one, so that nobody fails because of another.</summary>
    async Task ServeAsync(IReadOnlyList<Waiting> served)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await CommitAsync(served.Select(waiting => waiting.Request));
                foreach (var waiting in served) waiting.Done.SetResult();
                return;
            }
            catch (Exception e) when (served.Count > 1)
            {
                log.LogDebug("{Count} requests are carried out one by one: {Reason}", served.Count, e.Message);
                foreach (var waiting in served) await ServeAsync([waiting]);
                return;
            }
            catch (Exception e) when (attempt < Attempts && IsRace(e))
            {
                // What both were about to insert is there now.
            }
            catch (Exception e)
            {
                served[0].Done.SetException(e);
                return;
            }
        }
    }

    async Task CommitAsync(IEnumerable<StockRequest> requests)
    {
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<InventoryDb>();
        var room = scope.ServiceProvider.GetRequiredService<StockRoom>();
        foreach (var request in requests) room.Ask(request);
        await using var transaction = await db.Database.BeginTransactionAsync();
        await room.CarryOutAsync(CancellationToken.None);
        await transaction.CommitAsync();
    }

    static bool IsRace(Exception e) => (e as DbUpdateException)?.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation }
        || e.GetBaseException() is PostgresException { SqlState: PostgresErrorCodes.DeadlockDetected };

    public void Dispose() => turn.Dispose();

    sealed record Waiting(StockRequest Request)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
