using Microsoft.EntityFrameworkCore;

namespace Kampung.Inventory;

/// <summary>Forgets reservations that have ended long ago. What is set aside is never forgotten.</summary>
static class ForgetReservations
{
    public static Task<int> EndedBefore(InventoryDb db, DateTimeOffset before, int atMost, CancellationToken ct) => db.Database.ExecuteSqlAsync(
        $"""
        delete from reservations where order_id in
          (select order_id from reservations where ended_at < {before} order by ended_at limit {atMost} for update skip locked)
        """, ct);
}
