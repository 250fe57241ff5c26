using Kampung.Notifications.Storage;
using Microsoft.Extensions.Options;

namespace Kampung.Notifications.Sending;

/// <summary>Deletes notifications that nobody looks up any more, so that their table does not grow for ever.</summary>
sealed class ForgetOld(IServiceScopeFactory scopes, IOptions<SendingOptions> options, TimeProvider time, ILogger<ForgetOld> log) : BackgroundService
{
    static readonly TimeSpan Pause = TimeSpan.FromMinutes(10);
    const int AtOnce = 1000;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pause, time);
        do
        {
            try
            {
                await using var scope = scopes.CreateAsyncScope();
                var store = scope.ServiceProvider.GetRequiredService<INotificationStore>();
                while (await store.ForgetOldAsync(time.GetUtcNow() - options.Value.Kept, AtOnce, stoppingToken) == AtOnce)
                {
                    // in small transactions, so that nobody waits for them
                }
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested) { log.LogWarning("Old notifications could not be forgotten now: {Reason}", e.Message); }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
