using System.Globalization;

namespace Kampung.AppHost.Audit;

/// <summary>Something that is true whenever the village is quiet, whatever was killed before.</summary>
/// <param name="Check">Compares the books.</param>
public sealed record Invariant(string Name, Func<Books, Finding> Check);

/// <summary>What a check found: the figures for people, and each place where the invariant is broken.</summary>
public sealed record Finding(string Figures, IReadOnlyList<Violation> Violations)
{
    public Finding(string figures, IEnumerable<Violation?> violations) : this(figures, [.. violations.OfType<Violation>()]) { }
}

/// <param name="OrderId">The order that breaks it, where it is one.</param>
public sealed record Violation(string What, Guid? OrderId = null);

/// <summary>What the audit holds the village to.</summary>
public static class Invariants
{
    /// <summary>How late the chief may be with a plan that is due before it is said that nobody carries it.</summary>
    static readonly TimeSpan Late = TimeSpan.FromMinutes(1);

    /// <summary>How a customer is told who has not chosen otherwise.</summary>
    static readonly string[] UsualChannels = ["email", "inApp"];

    /// <summary>Which kinds customers may choose not to be told.</summary>
    static readonly string[] MayBeMuted = ["meal-ready", "on-its-way", "delivered"];

    public static IReadOnlyList<Invariant> All { get; } =
    [
        new("every order ended, or waits with a reason", Ended),
        new("nothing is held, cooked, carried or charged for an order that was undone", Undone),
        new("a confirmed order has its stock, and a completed one was cooked and delivered", Done),
        new("charged minus refunded is the total of the orders that stand", Money),
        new("payment-service and the provider have the same books", Provider),
        new("on hand + reserved + sold = received", Stock),
        new("one notification of each kind an order and channel, and none missing", Told),
        new("every outbox is empty", Outboxes),
        new("every event was taken in by everybody who hears it", TakenIn),
        new("no event is parked", Parked),
        new("no dead letter is open", DeadLetters),
    ];

    static Finding Ended(Books books)
    {
        var byStatus = books.Orders.CountBy(order => order.Status).OrderByDescending(status => status.Value).Select(status => $"{status.Value} {status.Key}");
        var waiting = books.Orders.Count(order => !order.HasEnded && order.Waiting is not null);
        var paid = books.Payments.Where(payment => payment.Status is "succeeded" or "declined").DistinctBy(payment => payment.OrderId).ToDictionary(payment => payment.OrderId);
        var delivered = books.Deliveries.Where(delivery => delivery.Status == "delivered").Select(delivery => delivery.OrderId).ToHashSet();
        return new($"{books.Orders.Count} orders: {string.Join(", ", byStatus)}; {waiting} wait with a reason",
        [
            .. from order in books.Orders
               where !order.HasEnded && string.IsNullOrEmpty(order.Waiting?.Reason)
               select new Violation($"is {order.Status} since {order.PlacedAt:u}, and nobody says what it waits for", order.OrderId),
            // Waiting for what has happened is no reason.
            .. from order in books.Orders
               where order.Status == "placed" && paid.ContainsKey(order.OrderId)
               select new Violation($"is placed since {order.PlacedAt:u}, and its payment {paid[order.OrderId].Status}", order.OrderId),
            .. from order in books.Orders
               where !order.HasEnded && delivered.Contains(order.OrderId)
               select new Violation($"is {order.Status} since {order.PlacedAt:u}, and its delivery delivered", order.OrderId),
            .. from order in books.Orders
               where !order.HasEnded && order.Waiting?.NextAttempt < books.At - Late
               select new Violation($"is {order.Status} at {order.Waiting!.Step}, was to go on at {order.Waiting.NextAttempt:u}, and nobody carries it", order.OrderId),
            .. Lost(books),
        ]);
    }

    /// <summary>
    /// Without a chief an order always has a reason: what it has not heard. When no event is on its way, somebody must be about to say it: the one who has a payment,
    /// a ticket or a delivery in hand. Otherwise an event was lost, and the order waits for ever.
    /// </summary>
    static IEnumerable<Violation> Lost(Books books)
    {
        if (!books.NothingOnItsWay) return [];
        var inHand = books.Payments.Where(payment => payment.Status == "pending").Select(payment => payment.OrderId)
            .Concat(books.Tickets.Where(ticket => ticket.Status == "accepted").Select(ticket => ticket.OrderId))
            .Concat(books.Deliveries.Where(delivery => delivery.Status is "waiting" or "assigned" or "pickedUp").Select(delivery => delivery.OrderId)).ToHashSet();
        // What hangs on a dead letter is told there.
        var dead = books.DeadLetters.Select(letter => letter.Key).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return from order in books.Orders
               where order is { Flow: "choreographed", HasEnded: false } && !inHand.Contains(order.OrderId) && !dead.Contains($"{order.OrderId}")
               select new Violation($"is {order.Status} since {order.PlacedAt:u} and waits for {order.Waiting?.Step}, which nobody is going to say", order.OrderId);
    }

    static Finding Done(Books books)
    {
        var reserved = books.Reservations.Select(reservation => reservation.OrderId).ToHashSet();
        var tickets = books.Tickets.ToLookup(ticket => ticket.OrderId);
        var deliveries = books.Deliveries.ToLookup(delivery => delivery.OrderId);
        var completed = books.Orders.Where(order => order.Status == "completed").ToList();
        return new($"{books.Orders.Count(order => order.Stands)} orders stand, {completed.Count} of them completed",
        [
            .. from order in books.Orders
               where order.Stands && order.IsWithin(books.Kept.Reservations) && !reserved.Contains(order.OrderId)
               select new Violation($"is {order.Status}, and nothing was reserved for it", order.OrderId),
            .. from order in completed
               where order.HasPrepared && order.IsWithin(books.Kept.Tickets) && !tickets[order.OrderId].Any()
               select new Violation("is completed, and no kitchen has a ticket of it", order.OrderId),
            // What is still held or cooked is told elsewhere.
            .. from order in completed
               from ticket in tickets[order.OrderId]
               where ticket.Status is "failed" or "cancelled"
               select new Violation($"is completed, and the ticket at {ticket.Stall} is {ticket.Status}", order.OrderId),
            .. from order in completed
               where order.IsWithin(books.Kept.Deliveries) && !deliveries[order.OrderId].Any()
               select new Violation("is completed, and no rider knows of it", order.OrderId),
            .. from order in completed
               from delivery in deliveries[order.OrderId]
               where delivery.Status is "failed" or "cancelled"
               select new Violation($"is completed, and its delivery {delivery.Status}", order.OrderId),
        ]);
    }

    static Finding Undone(Books books)
    {
        var orders = books.Orders.ToDictionary(order => order.OrderId);
        bool IsUndone(Guid order) => orders.TryGetValue(order, out var known) && known.IsUndone;
        bool HasEnded(Guid order) => orders.TryGetValue(order, out var known) && known.HasEnded;
        return new($"{books.Orders.Count(order => order.IsUndone)} orders undone",
        [
            .. from reservation in books.Reservations
               where IsUndone(reservation.OrderId) && reservation.Status is "reserved" or "sold"
               select new Violation($"is {orders[reservation.OrderId].Status}, and its stock is {reservation.Status}", reservation.OrderId),
            .. from payment in books.Payments
               where IsUndone(payment.OrderId) && (payment.Status == "pending" || payment.ProviderCharged != payment.ProviderRefunded)
               select new Violation($"is {orders[payment.OrderId].Status}, its payment {payment.Status}, and {Amount(payment.ProviderCharged - payment.ProviderRefunded, payment.Currency)} of it charged", payment.OrderId),
            .. from ticket in books.Tickets
               where HasEnded(ticket.OrderId) && ticket.Status is "held" or "accepted"
               select new Violation($"is {orders[ticket.OrderId].Status}, and the ticket at {ticket.Stall} is {ticket.Status}", ticket.OrderId),
            .. from delivery in books.Deliveries
               where (HasEnded(delivery.OrderId) && delivery.Status is "held" or "waiting" or "assigned" or "pickedUp") || (IsUndone(delivery.OrderId) && delivery.Status == "delivered")
               select new Violation($"is {orders.GetValueOrDefault(delivery.OrderId)?.Status}, and its delivery {delivery.Status}", delivery.OrderId),
        ]);
    }

    static Finding Money(Books books)
    {
        var orders = books.Orders.ToDictionary(order => order.OrderId);
        var paid = books.Payments.ToLookup(payment => payment.OrderId);
        return new(
            string.Join("; ", books.Payments.Select(payment => payment.Currency).Union(books.Orders.Select(order => order.Currency)).Order(StringComparer.Ordinal).Select(currency =>
            {
                var (charged, refunded) = (books.Payments.Where(In).Sum(payment => payment.ProviderCharged), books.Payments.Where(In).Sum(payment => payment.ProviderRefunded));
                var standing = books.Orders.Where(order => order.Stands && order.Currency == currency).Sum(order => order.Total);
                return $"{Amount(charged, currency)} charged - {Amount(refunded, currency)} refunded = {Amount(charged - refunded, currency)}; orders that stand: {Amount(standing, currency)}";

                bool In(Payment payment) => payment.Currency == currency;
            })),
            [
                .. from order in books.Orders
                   let due = order.Stands ? order.Total : 0
                   let taken = paid[order.OrderId].Where(payment => payment.Currency == order.Currency).Sum(payment => payment.ProviderCharged - payment.ProviderRefunded)
                   // Whether an order that still waits was charged yet is open; more than its total is wrong in any case.
                   where order.Status == "placed" ? taken < 0 || taken > order.Total : taken != due
                   select new Violation($"is {order.Status} at {Amount(order.Total, order.Currency)}, and {Amount(taken, order.Currency)} is charged", order.OrderId),
                .. from payment in books.Payments
                   where payment.ProviderCharged != payment.ProviderRefunded && (!orders.TryGetValue(payment.OrderId, out var order) || order.Currency != payment.Currency)
                   select new Violation($"is not an order in {payment.Currency}, and {Amount(payment.ProviderCharged - payment.ProviderRefunded, payment.Currency)} is charged for it", payment.OrderId),
            ]);
    }

    static Finding Provider(Books books) => new($"{books.Payments.Count} payments, {books.Payments.Count(payment => payment.ProviderCharged > 0)} of them charged",
        from payment in books.Payments
        where payment.Status != "pending" && (payment.Charged, payment.Refunded) != (payment.ProviderCharged, payment.ProviderRefunded)
        select new Violation($"payment-service: {payment.Status ?? "unknown"}, {Amount(payment.Charged, payment.Currency)} charged, {Amount(payment.Refunded, payment.Currency)} refunded; "
            + $"the provider: {Amount(payment.ProviderCharged, payment.Currency)} and {Amount(payment.ProviderRefunded, payment.Currency)}", payment.OrderId));

    static Finding Stock(Books books)
    {
        var orders = books.Orders.ToDictionary(order => order.OrderId);
        var reservations = books.Reservations.ToDictionary(reservation => reservation.OrderId);
        var reserved = Pieces(books.Reservations.Where(reservation => reservation.Status == "reserved").SelectMany(reservation => reservation.Lines));
        // A reservation says which lines were counted; when it has been swept, long after its order was completed, the order's own lines have to do.
        var sold = Pieces(books.Orders.Where(order => order.Status == "completed").SelectMany(order => reservations.GetValueOrDefault(order.OrderId)?.Lines ?? order.Lines));
        var counted = books.Stock.Where(stock => stock.Counted).ToList();
        return new(
            $"{counted.Sum(stock => stock.OnHand)} on hand + {counted.Sum(stock => stock.Reserved)} reserved + {counted.Sum(stock => stock.Sold)} sold = "
            + $"{counted.Sum(stock => stock.Received)} received, of {counted.Count} counted variants",
            [
                .. from stock in counted
                   where stock.OnHand + stock.Reserved + stock.Sold != stock.Received || long.Min(stock.OnHand, long.Min(stock.Reserved, stock.Sold)) < 0
                   select new Violation($"variant {stock.VariantId}: {stock.OnHand} on hand + {stock.Reserved} reserved + {stock.Sold} sold, of {stock.Received} received"),
                .. from stock in counted
                   where stock.Reserved != reserved.GetValueOrDefault(stock.VariantId)
                   select new Violation($"variant {stock.VariantId}: {stock.Reserved} reserved, and open reservations have {reserved.GetValueOrDefault(stock.VariantId)}"),
                .. from stock in counted
                   where stock.Sold != sold.GetValueOrDefault(stock.VariantId)
                   select new Violation($"variant {stock.VariantId}: {stock.Sold} sold, and completed orders have {sold.GetValueOrDefault(stock.VariantId)}"),
                .. from reservation in books.Reservations
                   let order = orders.GetValueOrDefault(reservation.OrderId)
                   where order?.Status switch
                   {
                       "completed" => reservation.Status != "sold" || !SameLines(order, reservation),
                       "confirmed" => reservation.Status != "reserved" || !SameLines(order, reservation),
                       _ => reservation.Status == "sold",
                   }
                   select new Violation($"is {order?.Status ?? "unknown"} with {Text(order?.Lines ?? [])}, and its stock is {reservation.Status} with {Text(reservation.Lines)}", reservation.OrderId),
            ]);

        static Dictionary<Guid, long> Pieces(IEnumerable<Line> lines) =>
            lines.Where(line => line.Counted).GroupBy(line => line.VariantId).ToDictionary(variant => variant.Key, variant => variant.Sum(line => (long)line.Quantity));

        static bool SameLines(Order order, Reservation reservation) => Text(order.Lines) == Text(reservation.Lines);

        static string Text(IEnumerable<Line> lines) => string.Join(", ", lines.GroupBy(line => line.VariantId).OrderBy(variant => variant.Key)
            .Select(variant => $"{variant.Sum(line => line.Quantity)} of {variant.Key}"));
    }

    static Finding Told(Books books)
    {
        var kinds = books.Notifications.ToLookup(notification => notification.About);
        var unreachable = books.Unreachables.ToDictionary(customer => customer.CustomerId);
        var payments = books.Payments.ToLookup(payment => payment.OrderId);
        var tickets = books.Tickets.ToLookup(ticket => ticket.OrderId);
        var deliveries = books.Deliveries.ToLookup(delivery => delivery.OrderId);
        var letters = books.Notifications.Sum(notification => notification.Count);
        return new($"{letters} notifications, {books.Notifications.Count(notification => notification.State == "failed")} of them given up",
        [
            .. from notification in books.Notifications
               where notification.Count != 1
               select new Violation($"was told {notification.Kind} by {notification.Channel} {notification.Count} times", notification.OrderId),
            .. from order in books.Orders
               where order.IsWithin(books.Kept.Notifications)
               from kind in ToTell(order, payments[order.OrderId], tickets[order.OrderId], deliveries[order.OrderId]).Distinct()
               from missing in Missing(order.CustomerId, kind, [.. kinds[order.OrderId].Where(notification => notification.Kind == kind).Select(notification => notification.Channel)])
               select new Violation($"is {order.Status}, and nobody told {kind}{missing}", order.OrderId),
            .. from order in books.Orders
               from notification in kinds[order.OrderId]
               where notification.Kind is "order-confirmed" && order.Status is "placed" or "rejected"
                   || notification.Kind is "order-rejected" && order.Status != "rejected"
                   || notification.Kind is "order-cancelled" && order.Status != "cancelled"
                   || notification.Kind is "delivered" && order.Status is not ("completed" or "confirmed")
               select new Violation($"is {order.Status}, and the customer was told {notification.Kind}", order.OrderId),
        ]);

        // Who has chosen may have chosen otherwise before: then it is enough that they were told, by whatever channel, what everybody is told.
        IEnumerable<string> Missing(Guid customer, string kind, IReadOnlyList<string> told) =>
            !unreachable.TryGetValue(customer, out var known) ? UsualChannels.Except(told).Select(channel => $" by {channel}")
            : known.Left || MayBeMuted.Contains(kind) || told.Count > 0 ? []
            : [""];
    }

    static IEnumerable<string> ToTell(Order order, IEnumerable<Payment> payments, IEnumerable<Ticket> tickets, IEnumerable<Delivery> deliveries)
    {
        if (order.Stands) yield return "order-confirmed";
        if ((order.Status == "completed" && order.HasPrepared) || (tickets.Any() && tickets.All(ticket => ticket.Status == "ready"))) yield return "meal-ready";
        if (order.Status == "completed" || deliveries.Any(delivery => delivery.Status is "pickedUp" or "delivered")) yield return "on-its-way";
        if (order.Status == "completed" || deliveries.Any(delivery => delivery.Status == "delivered")) yield return "delivered";
        if (order.Status == "rejected") yield return "order-rejected";
        if (order.Status == "cancelled") yield return "order-cancelled";
        foreach (var payment in payments)
        {
            if (payment.Charged > 0) yield return "payment-receipt";
            if (payment.Refunded > 0) yield return "payment-refunded";
        }
    }

    static Finding Outboxes(Books books) => new($"{books.Outboxes.Count} outboxes, {books.Outboxes.Sum(outbox => outbox.Waiting)} events wait in them",
        from outbox in books.Outboxes
        where outbox.Waiting > 0
        select new Violation($"{outbox.Service}: {outbox.Waiting} events wait since {outbox.Oldest:u}"));

    static Finding TakenIn(Books books) => new($"{books.Log.Groups.Count} services hear events, and {books.Log.Groups.Sum(group => group.Behind.Values.Sum())} wait for them",
    [
        .. books.Log.Unknown is { } why ? [new Violation(why)] : Array.Empty<Violation>(),
        .. from @group in books.Log.Groups
           from topic in @group.Behind
           select new Violation($"{@group.Group} has not taken in {topic.Value} of {topic.Key}"),
    ]);

    static Finding Parked(Books books) => new($"{books.Outboxes.Sum(outbox => outbox.Parked)} events are parked",
        from outbox in books.Outboxes
        where outbox.Parked > 0
        select new Violation($"{outbox.Service}: {outbox.Parked} events could not be handled, or wait behind one that could not, and are tried again"));

    static Finding DeadLetters(Books books) => new($"{books.DeadLetters.Count} dead letters",
        from letter in books.DeadLetters
        select new Violation($"{letter.Service}: {letter.Topic} {letter.Id} of {letter.Key}, after {letter.Attempts} attempts: {letter.Error} (trace {letter.TraceId}; {letter.Waiting} wait behind it)",
            Guid.TryParse(letter.Key, out var order) && books.Orders.Any(known => known.OrderId == order) ? order : null));

    static string Amount(decimal amount, string currency) => string.Create(CultureInfo.InvariantCulture, $"{currency} {amount:N2}");
}
