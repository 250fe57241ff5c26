using Kampung.ServiceDefaults;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Kitchen;

/// <summary>The passing of time in the kitchens: meals become ready, or overdue.</summary>
sealed class Cook(Alarm alarm, IServiceScopeFactory scopes, ILogger<Cook> log) : DueWork(alarm, scopes, log)
{
    protected override Task<bool> DoDueAsync(IServiceProvider services, CancellationToken ct) => services.GetRequiredService<TicketDesk>().LookAsync(ct);

    protected override Task<DateTimeOffset?> NextDueAsync(IServiceProvider services, CancellationToken ct) =>
        services.GetRequiredService<KitchenDb>().Orders.MinAsync(order => order.WakeAt, ct);
}
