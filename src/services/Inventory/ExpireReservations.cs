using Kampung.ServiceDefaults;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Inventory;

/// <summary>
/// Puts back what is set aside for orders that were never placed. That nothing was heard of an order proves nothing, as events can be long on their way: order-service
/// is asked, and as long as it does not answer nothing is put back.
/// </summary>
sealed class ExpireReservations(InventoryDb db, StockDesk desk, OrderClient orders, ILogger<ExpireReservations> log)
{
    static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    public static TimeSpan Pause(InventoryOptions options) => options.ReservationExpires / 4 is var quarter && quarter < LongestPause ? quarter : LongestPause;

    public static Task<int> Due(ExpireReservations reservations, DateTimeOffset now, int atMost, CancellationToken ct) => reservations.ExpireAsync(now, atMost, ct);

    async Task<int> ExpireAsync(DateTimeOffset now, int atMost, CancellationToken ct)
    {
        var due = await db.Reservations
            .Where(r => r.Status == ReservationStatus.Reserved && !r.OrderKnown && r.ExpiresAt <= now)
            .OrderBy(r => r.ExpiresAt).Select(r => r.OrderId).Take(atMost).ToListAsync(ct);
        var answered = await AskAsync(due, ct);
        await Task.WhenAll(answered.Select(desk.AskAsync));
        return answered.Count;
    }

    /// <summary>As many as it answers for.</summary>
    async Task<List<StockRequest>> AskAsync(List<Guid> due, CancellationToken ct)
    {
        List<StockRequest> answered = [];
        try
        {
            foreach (var order in due) answered.Add(await orders.IsPlacedAsync(order, ct) ? new Keep(order) : new Expire(order));
        }
        catch (ServiceUnavailableException e)
        {
            log.LogWarning("{Count} reservations are kept until it is known whether their orders were placed: {Reason}", due.Count - answered.Count, e.Message);
        }
        return answered;
    }

    // Whether it is still due is seen again under the lock.
    sealed class Expire(Guid orderId) : StockRequest
    {
        public override Guid? OrderId => orderId;

        public override void CarryOut(StockRoom room) => room.Announce(room.Find(orderId)?.Expire(room.Shelves, room.Now));
    }

    sealed class Keep(Guid orderId) : StockRequest
    {
        public override Guid? OrderId => orderId;

        public override void CarryOut(StockRoom room) => room.Find(orderId)?.Keep();
    }
}
