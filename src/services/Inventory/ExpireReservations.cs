using Microsoft.EntityFrameworkCore;

namespace Kampung.Inventory;

/// <summary>Puts back what is set aside for orders that were never placed.</summary>
sealed class ExpireReservations(InventoryDb db, StockDesk desk)
{
    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    public static TimeSpan Pause(InventoryOptions options) => options.ReservationExpires / 4 is var quarter && quarter < LongestPause ? quarter : LongestPause;

    public static Task<int> Due(ExpireReservations reservations, DateTimeOffset now, int atMost, CancellationToken ct) => reservations.ExpireAsync(now, atMost, ct);

    async Task<int> ExpireAsync(DateTimeOffset now, int atMost, CancellationToken ct)
    {
        var due = await db.Reservations
            .Where(r => r.Status == ReservationStatus.Reserved && !r.OrderKnown && r.ExpiresAt <= now)
            .OrderBy(r => r.ExpiresAt).Select(r => r.OrderId).Take(atMost).ToListAsync(ct);
        await Task.WhenAll(due.Select(order => desk.AskAsync(new Expire(order))));
        return due.Count;
    }

    // Whether it is still due is seen again under the lock.
    sealed class Expire(Guid orderId) : StockRequest
    {
        public override Guid? OrderId => orderId;

        public override void CarryOut(StockRoom room) => room.Announce(room.Find(orderId)?.Expire(room.Shelves, room.Now));
    }
}
