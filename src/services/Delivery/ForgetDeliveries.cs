using Microsoft.EntityFrameworkCore;

namespace Kampung.Delivery;

/// <summary>Removes deliveries that ended long ago.</summary>
static class ForgetDeliveries
{
    public static Task<int> EndedBefore(DeliveryDb db, DateTimeOffset before, int atMost, CancellationToken ct) => db.Deliveries
        .Where(delivery => db.Deliveries.Where(d => d.EndedAt < before).OrderBy(d => d.EndedAt).Take(atMost).Select(d => d.Id).Contains(delivery.Id))
        .ExecuteDeleteAsync(ct);
}
