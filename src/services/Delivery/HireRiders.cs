using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Kampung.Delivery;

/// <summary>The first riders, when there are none yet.</summary>
sealed class HireRiders(IServiceScopeFactory scopes, IOptions<DeliveryOptions> options, TimeProvider time) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var riders = options.Value.Riders.Distinct().Select(name => Rider.Hire(name, time.GetUtcNow())).ToList();
        await using var scope = scopes.CreateAsyncScope();
        // Two instances may start at once.
        await scope.ServiceProvider.GetRequiredService<DeliveryDb>().Database.ExecuteSqlAsync(
            $"""
            insert into riders (id, name, on_duty)
            select id, name, true from unnest({riders.Select(rider => rider.Id).ToArray()}, {riders.Select(rider => rider.Name).ToArray()}) as first (id, name)
            where not exists (select from riders) on conflict (name) do nothing
            """, cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
