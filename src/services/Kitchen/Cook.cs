using Kampung.ServiceDefaults;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Kitchen;

/// <summary>The passing of time in the kitchens: meals become ready, or overdue.</summary>
sealed class Cook(Alarm alarm, IServiceScopeFactory scopes, TimeProvider time, ILogger<Cook> log) : DueWork(alarm, scopes, log)
{
    const int AtOnce = 100;

    protected override async Task<bool> DoDueAsync(IServiceProvider services, CancellationToken ct)
    {
        var db = services.GetRequiredService<KitchenDb>();
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var orders = await db.LockDueAsync(time.GetUtcNow(), AtOnce, ct);
        if (orders.Count == 0) return false;
        await services.GetRequiredService<TicketDesk>().LookAsync(orders, ct);
        await transaction.CommitAsync(ct);
        return true;
    }

    protected override Task<DateTimeOffset?> NextDueAsync(IServiceProvider services, CancellationToken ct) =>
        services.GetRequiredService<KitchenDb>().Orders.MinAsync(order => order.WakeAt, ct);
}
