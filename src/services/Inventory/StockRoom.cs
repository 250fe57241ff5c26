using System.Diagnostics;
using Kampung.Messaging;
using Microsoft.Extensions.Options;

namespace Kampung.Inventory;

public sealed class InventoryOptions
{
    /// <summary>How long something is set aside for an order that nobody has heard of, before order-service is asked whether there is one.</summary>
    public TimeSpan ReservationExpires { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a reservation is remembered after nothing is set aside for it any more.</summary>
    public TimeSpan EndedReservationsKept { get; set; } = TimeSpan.FromDays(30);

    /// <summary>Lines that one reservation may have.</summary>
    public int MaxLines { get; set; } = 1000;
}

/// <summary>Something that is asked of the stock: by a call, an event or the clock.</summary>
public abstract class StockRequest
{
    /// <summary>The span that it was asked in, to which the facts that follow belong.</summary>
    internal ActivityContext Cause { get; } = Activity.Current?.Context ?? default;

    /// <summary>The order that it is about, if it is about one.</summary>
    public virtual Guid? OrderId => null;

    /// <summary>The variants that it may touch beside those of the order's reservation.</summary>
    public virtual IEnumerable<Guid> Variants => [];

    public abstract void CarryOut(StockRoom room);
}

/// <summary>
/// Carries out requests, many in one transaction and in a handful of statements: however many orders want the same popular variant, its row is locked once.
/// Every transaction locks reservations first and stock after, each in the order of their ids, so that nobody waits in a circle.
/// </summary>
public sealed class StockRoom(InventoryDb db, TimeProvider time, IOptionsMonitor<InventoryOptions> options)
{
    readonly List<StockRequest> requests = [];
    Dictionary<Guid, Reservation> reservations = [];
    Dictionary<Guid, Stock> shelves = [];
    ActivityContext cause;

    public DateTimeOffset Now { get; } = time.GetUtcNow();

    public TimeSpan ReservationExpires => options.CurrentValue.ReservationExpires;

    public IReadOnlyDictionary<Guid, Stock> Shelves => shelves;

    /// <summary>To be carried out with all others of this transaction.</summary>
    public void Ask(StockRequest request) => requests.Add(request);

    /// <summary>The end of a transaction of events.</summary>
    public static Task CarryOut(IServiceProvider services, CancellationToken ct) => services.GetRequiredService<StockRoom>().CarryOutAsync(ct);

    /// <summary>Carries out what was asked for, in its order, in the transaction that is open.</summary>
    public async Task CarryOutAsync(CancellationToken ct)
    {
        if (requests.Count == 0) return;
        reservations = await db.LockReservationsAsync(requests.Select(request => request.OrderId).OfType<Guid>(), ct);
        shelves = await db.LockStockAsync(
            requests.SelectMany(request => request.Variants).Concat(reservations.Values.SelectMany(reservation => reservation.Lines.Select(line => line.VariantId))), ct);
        foreach (var request in requests)
        {
            cause = request.Cause;
            request.CarryOut(this);
        }
        await db.SaveChangesAsync(ct);
    }

    public Reservation? Find(Guid orderId) => reservations.GetValueOrDefault(orderId);

    /// <summary>What is known of an order, from now on if nothing was.</summary>
    public Reservation Of(Guid orderId)
    {
        if (reservations.TryGetValue(orderId, out var known)) return known;
        db.Reservations.Add(reservations[orderId] = known = Reservation.Of(orderId, Now));
        return known;
    }

    public Stock Shelf(Guid variantId)
    {
        if (shelves.TryGetValue(variantId, out var known)) return known;
        db.Stock.Add(shelves[variantId] = known = Stock.Of(variantId));
        return known;
    }

    /// <summary>Announces a fact in the same transaction; null when there is none.</summary>
    public void Announce(StockEvent? fact)
    {
        if (fact is not null) db.Publish(fact, cause);
    }
}
