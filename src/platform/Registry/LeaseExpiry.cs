using Microsoft.Extensions.Options;

namespace Kampung.Registry;

/// <summary>Looks for expired leases, again and again.</summary>
sealed class LeaseExpiry(InstanceRegistry registry, TimeProvider time, IOptions<RegistryOptions> options) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.ExpiryInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken)) registry.Expire();
    }
}
