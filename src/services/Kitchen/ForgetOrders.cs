using Microsoft.EntityFrameworkCore;

namespace Kampung.Kitchen;

/// <summary>Removes orders that ended long ago, with their tickets.</summary>
static class ForgetOrders
{
    public static Task<int> EndedBefore(KitchenDb db, DateTimeOffset before, int atMost, CancellationToken ct) => db.Orders
        .Where(order => db.Orders.Where(o => o.EndedAt < before).OrderBy(o => o.EndedAt).Take(atMost).Select(o => o.OrderId).Contains(order.OrderId))
        .ExecuteDeleteAsync(ct);
}
