using Kampung.ServiceDefaults;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Delivery;

/// <summary>The passing of time on the road: riders are assigned, pick up and arrive, or do not come.</summary>
sealed class Ride(Alarm alarm, IServiceScopeFactory scopes, ILogger<Ride> log) : DueWork(alarm, scopes, log)
{
    protected override async Task<bool> DoDueAsync(IServiceProvider services, CancellationToken ct)
    {
        // Riders first: who is due for having waited too long gets one that is free now.
        var desk = services.GetRequiredService<DeliveryDesk>();
        return await desk.AssignAsync(ct) | await desk.LookAsync(ct);
    }

    protected override Task<DateTimeOffset?> NextDueAsync(IServiceProvider services, CancellationToken ct) =>
        services.GetRequiredService<DeliveryDb>().Deliveries.MinAsync(delivery => delivery.WakeAt, ct);
}
