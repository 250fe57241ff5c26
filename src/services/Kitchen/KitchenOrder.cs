using Kampung.Messaging;

namespace Kampung.Kitchen;

/// <summary>
/// What the kitchens know of an order: what to cook, that it is paid, that it is called off, in whichever order that becomes known. It is changed under the lock
/// of its row, so that two tickets that become ready at the same moment count each other. Decides and says which facts to announce; knows no database.
/// </summary>
public sealed class KitchenOrder
{
    readonly List<Ticket> tickets = [];

    public Guid OrderId { get; private init; }

    /// <summary>Null while only its being called off is known.</summary>
    public Guid? CustomerId { get; private set; }
    public Flow Flow { get; private set; }

    /// <summary>It is known what to cook.</summary>
    public bool Placed { get; private set; }
    public bool Paid { get; private set; }
    public bool Cancelled { get; private set; }

    /// <summary>When the first of its tickets is next to be looked at.</summary>
    public DateTimeOffset? WakeAt { get; private set; }

    /// <summary>Since when nothing is left to do.</summary>
    public DateTimeOffset? EndedAt { get; private set; }
    public IReadOnlyList<Ticket> Tickets => tickets;

    /// <summary>Learns what to cook: a ticket a stall. It has no effect twice, nor when the order is called off.</summary>
    public IReadOnlyList<IEvent> Place(Guid customerId, Flow flow, IEnumerable<(string Stall, TicketLine Line)> lines, Shift shift)
    {
        if (Placed || Cancelled) return [];
        (Placed, CustomerId, Flow) = (true, customerId, flow);
        tickets.AddRange(lines.GroupBy(line => line.Stall, line => line.Line).Select(stall => Ticket.Hold(OrderId, stall.Key, [.. stall], shift.Now)));
        return Start(shift);
    }

    /// <summary>Where its tickets are, for those who missed it.</summary>
    public IReadOnlyList<IEvent> Told() =>
    [
        .. tickets.Select(ticket => ticket.Status switch
        {
            TicketStatus.Accepted => (IEvent?)new TicketAccepted(this, ticket),
            TicketStatus.Ready => new MealPrepared(this, ticket),
            TicketStatus.Failed => new PreparationFailed(this, ticket, NoneLeft(ticket)),
            _ => null,
        }).OfType<IEvent>(),
    ];

    /// <summary>Whether these lines are the ones that it was placed with. One that was called off before never learnt any.</summary>
    public bool IsFor(IEnumerable<(string Stall, TicketLine Line)> lines) =>
        !Placed || lines.ToLookup(line => line.Stall, line => line.Line) is var asked
            && asked.Count == tickets.Count && tickets.TrueForAll(ticket => ticket.Lines.SequenceEqual(asked[ticket.Stall]));

    /// <summary>It may be cooked from now on.</summary>
    public IReadOnlyList<IEvent> Pay(Shift shift)
    {
        if (Paid || Cancelled) return [];
        Paid = true;
        return Start(shift);
    }

    List<IEvent> Start(Shift shift)
    {
        List<IEvent> facts = [];
        if (Placed && Paid)
            foreach (var ticket in tickets)
            {
                ticket.Accept(shift.First(ticket.Stall), shift);
                facts.Add(new TicketAccepted(this, ticket));
            }
        return Look(shift, facts);
    }

    /// <summary>Something is due: what is cooked becomes ready, what is not becomes overdue.</summary>
    public IReadOnlyList<IEvent> Look(Shift shift) => Look(shift, []);

    List<IEvent> Look(Shift shift, List<IEvent> facts)
    {
        while (tickets.Find(ticket => ticket.WakeAt <= shift.Now) is { } ticket)
        {
            if (shift.Cooks(ticket.StationId)) Finish(ticket, shift.Now, facts);
            else if (ticket.Overdue || ticket.DueAt > shift.Now) ticket.Wait();
            else Miss(ticket, shift, facts);
        }
        return Settle(shift.Now, facts);
    }

    void Miss(Ticket ticket, Shift shift, List<IEvent> facts)
    {
        ticket.BecomeOverdue();
        facts.Add(new TicketOverdue(this, ticket));
        if (Flow == Flow.Orchestrated) return;
        if (ticket.OverdueTimes == 1) ticket.Begin(shift);
        else Move(ticket, shift, facts);
    }

    /// <summary>What is overdue gets its time again, at the station where it is.</summary>
    public IReadOnlyList<IEvent> Nudge(Shift shift)
    {
        foreach (var ticket in tickets.Where(ticket => ticket.Overdue)) ticket.Begin(shift);
        return Look(shift);
    }

    /// <summary>What is overdue goes to another station of its stall, or fails if none is left.</summary>
    public IReadOnlyList<IEvent> Move(Shift shift)
    {
        List<IEvent> facts = [];
        foreach (var ticket in tickets.Where(ticket => ticket.Overdue)) Move(ticket, shift, facts);
        return Look(shift, facts);
    }

    void Move(Ticket ticket, Shift shift, List<IEvent> facts)
    {
        if (shift.Next(ticket.Stall, ticket.Tried) is { } station)
        {
            ticket.Accept(station, shift);
            facts.Add(new TicketAccepted(this, ticket));
            return;
        }
        ticket.Fail();
        facts.Add(new PreparationFailed(this, ticket, NoneLeft(ticket)));
    }

    static string NoneLeft(Ticket ticket) => $"No station of {ticket.Stall} is left that could cook it.";

    /// <summary>Somebody says that a meal is ready; again has no effect.</summary>
    /// <param name="reason">Why that cannot be.</param>
    public IReadOnlyList<IEvent> Finish(Guid ticketId, DateTimeOffset now, out string? reason)
    {
        var ticket = tickets.Single(ticket => ticket.Id == ticketId);
        reason = ticket.Status switch
        {
            TicketStatus.Held => "The order is not paid yet.",
            TicketStatus.Failed => "The ticket was given up, as no station could cook it.",
            TicketStatus.Cancelled => "The ticket is cancelled.",
            _ => null,
        };
        List<IEvent> facts = [];
        if (ticket.Status == TicketStatus.Accepted) Finish(ticket, now, facts);
        return Settle(now, facts);
    }

    void Finish(Ticket ticket, DateTimeOffset now, List<IEvent> facts)
    {
        ticket.BecomeReady(now);
        facts.Add(new MealPrepared(this, ticket));
    }

    /// <summary>Nothing is cooked from now on, also when the order becomes known only later. What was ready is thrown away.</summary>
    public IReadOnlyList<IEvent> Cancel(DateTimeOffset now)
    {
        Cancelled = true;
        foreach (var ticket in tickets.Where(ticket => ticket.Status != TicketStatus.Failed)) ticket.Cancel();
        return Settle(now, []);
    }

    List<IEvent> Settle(DateTimeOffset now, List<IEvent> facts)
    {
        WakeAt = tickets.Min(ticket => ticket.WakeAt);
        if (Cancelled || (Placed && !tickets.Exists(ticket => ticket.Open))) EndedAt ??= now;
        return facts;
    }
}

/// <summary>Where an order's meals are, all together.</summary>
public enum KitchenStatus { Cooking, Ready, Failed, Cancelled }

/// <summary>How an order looks from outside.</summary>
public sealed record KitchenOrderView(Guid OrderId, KitchenStatus Status, IReadOnlyList<TicketView> Tickets)
{
    public KitchenOrderView(KitchenOrder order) : this(order.OrderId, StatusOf(order), [.. order.Tickets.Select(ticket => new TicketView(ticket))]) { }

    static KitchenStatus StatusOf(KitchenOrder order) =>
        order.Cancelled ? KitchenStatus.Cancelled
        : order.Tickets.Any(ticket => ticket.Status == TicketStatus.Failed) ? KitchenStatus.Failed
        : order.Placed && order.Tickets.All(ticket => ticket.Status == TicketStatus.Ready) ? KitchenStatus.Ready
        : KitchenStatus.Cooking;
}
