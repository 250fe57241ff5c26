namespace Kampung.Inventory;

public enum ReservationStatus
{
    /// <summary>Every line is set aside.</summary>
    Reserved,

    /// <summary>Not every line was there: nothing was set aside.</summary>
    Rejected,

    /// <summary>Put back; or called off before it was asked for, and then nothing is set aside any more.</summary>
    Released,

    /// <summary>Put back because the order was never placed.</summary>
    Expired,

    /// <summary>The order is completed: the pieces are the customer's.</summary>
    Sold,
}

/// <summary>A line that is set aside. What nobody counted then is put back nowhere later.</summary>
public sealed record ReservedLine(Guid VariantId, int Quantity, bool Counted);

/// <summary>
/// What is set aside for one order, all lines or none. It knows which step may follow which, however often and in whatever order they are asked for,
/// and which fact each announces; it knows no database.
/// </summary>
public sealed class Reservation
{
    public Guid OrderId { get; private init; }

    /// <summary>Null while only the order's end, or its being placed, is known.</summary>
    public Guid? CustomerId { get; private set; }
    public Flow Flow { get; private set; }

    /// <summary>Null when the order was placed and nothing was asked for yet.</summary>
    public ReservationStatus? Status { get; private set; }
    public string? Reason { get; private set; }
    public IReadOnlyList<ReservedLine> Lines { get; private set; } = [];

    /// <summary>That the order exists: then what is set aside waits for the order's end, and does not expire.</summary>
    public bool OrderKnown { get; private set; }
    public DateTimeOffset CreatedAt { get; private init; }
    public DateTimeOffset ExpiresAt { get; private set; }

    /// <summary>Since when nothing is set aside, from which on it is kept for a while; null while something is.</summary>
    public DateTimeOffset? EndedAt { get; private set; }

    public static Reservation Of(Guid orderId, DateTimeOffset now) => new() { OrderId = orderId, CreatedAt = now, EndedAt = now };

    public bool IsOf(Order order) => CustomerId == order.CustomerId && Lines.Select(line => new StockLine(line.VariantId, line.Quantity)).SequenceEqual(order.Lines);

    /// <summary>Sets all lines aside, unless that was decided before. One that expired is tried again.</summary>
    public StockEvent? Reserve(Order order, IReadOnlyDictionary<Guid, Stock> shelves, DateTimeOffset now, TimeSpan expires)
    {
        if (Status is not (null or ReservationStatus.Expired)) return null;

        (CustomerId, Flow, ExpiresAt) = (order.CustomerId, order.Flow, now + expires);
        Lines = [.. order.Lines.Select(line => new ReservedLine(line.VariantId, line.Quantity, shelves.GetValueOrDefault(line.VariantId)?.Counted ?? false))];
        var missing = Asked(shelves).Where(line => line.Available < line.Requested).ToList();
        if (missing.Count > 0)
        {
            End(ReservationStatus.Rejected, missing.TrueForAll(line => shelves.ContainsKey(line.VariantId)) ? "out of stock" : "unknown variant", now);
            return new StockRejected(OrderId, order.CustomerId, Flow, Reason!, missing);
        }

        (Status, Reason, EndedAt) = (ReservationStatus.Reserved, null, null);
        Move(shelves, (stock, pieces) => stock.SetAside(pieces));
        return new StockReserved(OrderId, order.CustomerId, Flow, order.Lines);
    }

    /// <summary>
    /// The order is placed: it is known, and what expired before is tried again. When that is said anew, and nobody leads, somebody may have missed what came of it:
    /// it is said anew, too.
    /// </summary>
    public StockEvent? Placed(Order order, IReadOnlyDictionary<Guid, Stock> shelves, DateTimeOffset now, TimeSpan expires)
    {
        var again = OrderKnown;
        OrderKnown = true;
        if (order.Flow != Flow.Choreographed) return Status == ReservationStatus.Expired ? Reserve(order, shelves, now, expires) : null;
        return Reserve(order, shelves, now, expires) ?? (again ? Decided(shelves) : null);
    }

    /// <summary>What was decided on the order, for those who missed it.</summary>
    StockEvent? Decided(IReadOnlyDictionary<Guid, Stock> shelves) => Status switch
    {
        ReservationStatus.Reserved => new StockReserved(OrderId, CustomerId!.Value, Flow, [.. Lines.Select(line => new StockLine(line.VariantId, line.Quantity))]),
        // What was missing then can be there now: the decision stands.
        ReservationStatus.Rejected => new StockRejected(OrderId, CustomerId!.Value, Flow, Reason!, Asked(shelves)),
        _ => null,
    };

    List<StockRejected.Shortage> Asked(IReadOnlyDictionary<Guid, Stock> shelves) =>
        [.. Lines.Select(line => new StockRejected.Shortage(line.VariantId, line.Quantity, shelves.GetValueOrDefault(line.VariantId)?.Available ?? 0))];

    /// <summary>The order was placed, as order-service says.</summary>
    public void Keep() => OrderKnown = true;

    /// <summary>Puts back what is set aside. Where nothing is, it stands in the way of a reservation that may still be asked for.</summary>
    public StockReleased? Release(string reason, IReadOnlyDictionary<Guid, Stock> shelves, DateTimeOffset now)
    {
        if (Status is ReservationStatus.Rejected or ReservationStatus.Released or ReservationStatus.Sold) return null;
        return PutBack(ReservationStatus.Released, reason, shelves, now);
    }

    /// <summary>Puts back what is set aside for an order that did not come in time.</summary>
    public StockReleased? Expire(IReadOnlyDictionary<Guid, Stock> shelves, DateTimeOffset now) =>
        Status == ReservationStatus.Reserved && !OrderKnown && ExpiresAt <= now ? PutBack(ReservationStatus.Expired, "expired", shelves, now) : null;

    /// <summary>The order is completed. What was not set aside until now is taken from the shelf, and not announced: nobody waits for it any more.</summary>
    /// <returns>False when nothing is set aside, and nothing can be.</returns>
    public bool Sell(Order order, IReadOnlyDictionary<Guid, Stock> shelves, DateTimeOffset now)
    {
        OrderKnown = true;
        Reserve(order, shelves, now, TimeSpan.Zero);
        if (Status != ReservationStatus.Reserved) return Status == ReservationStatus.Sold;
        Move(shelves, (stock, pieces) => stock.Sell(pieces));
        End(ReservationStatus.Sold, null, now);
        return true;
    }

    StockReleased? PutBack(ReservationStatus end, string reason, IReadOnlyDictionary<Guid, Stock> shelves, DateTimeOffset now)
    {
        var held = Status == ReservationStatus.Reserved;
        if (held) Move(shelves, (stock, pieces) => stock.PutBack(pieces));
        End(end, reason, now);
        return held ? new(OrderId, CustomerId!.Value, Flow, reason, [.. Lines.Select(line => new StockLine(line.VariantId, line.Quantity))]) : null;
    }

    void Move(IReadOnlyDictionary<Guid, Stock> shelves, Action<Stock, int> move)
    {
        foreach (var line in Lines.Where(line => line.Counted)) move(shelves[line.VariantId], line.Quantity);
    }

    void End(ReservationStatus status, string? reason, DateTimeOffset now) => (Status, Reason, EndedAt) = (status, reason, now);
}

/// <summary>What an order wants to have set aside.</summary>
/// <param name="Lines">One a variant, in the order of the variants.</param>
public sealed record Order(Guid Id, Guid CustomerId, Flow Flow, IReadOnlyList<StockLine> Lines)
{
    /// <summary>Lines of the same variant are put together.</summary>
    /// <exception cref="ArgumentException">A quantity is less than one.</exception>
    public static Order Of(Guid id, Guid customerId, Flow flow, IEnumerable<StockLine> lines) => new(id, customerId, flow,
    [
        .. lines.GroupBy(line => line.VariantId).OrderBy(variant => variant.Key)
            .Select(variant => variant.All(line => line.Quantity > 0)
                ? new StockLine(variant.Key, variant.Sum(line => line.Quantity))
                : throw new ArgumentException($"The order {id} asks for less than one piece of {variant.Key}.", nameof(lines))),
    ]);
}

/// <summary>How a reservation looks from outside.</summary>
public sealed record ReservationView(
    Guid OrderId, Guid? CustomerId, ReservationStatus Status, string? Reason, IReadOnlyList<StockLine> Lines, DateTimeOffset CreatedAt)
{
    public ReservationView(Reservation reservation) : this(reservation.OrderId, reservation.CustomerId, reservation.Status!.Value, reservation.Reason,
        [.. reservation.Lines.Select(line => new StockLine(line.VariantId, line.Quantity))], reservation.CreatedAt) { }
}
