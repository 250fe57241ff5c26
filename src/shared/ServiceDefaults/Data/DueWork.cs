using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kampung.ServiceDefaults;

/// <summary>
/// Work that is to be done at a time and is kept as rows with that time, so that it outlives every process. Each instance takes rows that are due with
/// <c>for update skip locked</c>, so that no two do the same. It sleeps until the next row is due; a commit of this process that wrote a row
/// (<see cref="DueWorkExtensions.WakeAt"/>) wakes it in time, and it looks by itself every second for what other instances left.
/// </summary>
public abstract class DueWork(Alarm alarm, IServiceScopeFactory scopes, ILogger log) : BackgroundService
{
    static readonly TimeSpan SafetyNet = TimeSpan.FromSeconds(1);

    /// <summary>Does some of what is due, in a transaction of its own.</summary>
    /// <param name="services">A scope of its own.</param>
    /// <returns>False when nothing was due.</returns>
    protected abstract Task<bool> DoDueAsync(IServiceProvider services, CancellationToken ct);

    /// <summary>When the next row is due.</summary>
    protected abstract Task<DateTimeOffset?> NextDueAsync(IServiceProvider services, CancellationToken ct);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            alarm.Reset(SafetyNet);
            try
            {
                while (await InScopeAsync(DoDueAsync, stoppingToken))
                {
                    // until nothing is due
                }
                if (await InScopeAsync(NextDueAsync, stoppingToken) is { } next) alarm.At(next);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                log.LogWarning("What is due waits: {Reason}", e.Message);
            }
            await alarm.WaitAsync(stoppingToken);
        }
    }

    async Task<T> InScopeAsync<T>(Func<IServiceProvider, CancellationToken, Task<T>> work, CancellationToken ct)
    {
        await using var scope = scopes.CreateAsyncScope();
        return await work(scope.ServiceProvider, ct);
    }
}

/// <summary>How a service has <see cref="DueWork"/>.</summary>
public static class DueWorkExtensions
{
    static readonly ConditionalWeakTable<DbContext, StrongBox<DateTimeOffset>> Promises = [];

    /// <summary>Adds the work whose rows are in <typeparamref name="TDb"/>. A service has one.</summary>
    public static WebApplicationBuilder AddDueWork<TDb, TWork>(this WebApplicationBuilder builder) where TDb : DbContext where TWork : DueWork
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton<Alarm>();
        builder.Services.ConfigureDbContext<TDb>((services, options) => options.AddInterceptors(services.GetRequiredService<Alarm>()));
        builder.Services.AddHostedService<TWork>();
        return builder;
    }

    /// <summary>Once this context's transaction has committed, the work is looked at when <paramref name="due"/> comes.</summary>
    public static void WakeAt(this DbContext db, DateTimeOffset due)
    {
        ArgumentNullException.ThrowIfNull(db);
        if (!Promises.TryGetValue(db, out var promise)) Promises.Add(db, new(due));
        else if (due < promise.Value) promise.Value = due;
    }

    internal static DateTimeOffset? TakePromise(DbContext? db)
    {
        if (db is null || !Promises.TryGetValue(db, out var promise)) return null;
        Promises.Remove(db);
        return promise.Value;
    }
}
