using System.Diagnostics;
using System.Text.Json.Serialization;

namespace Kampung.Orders;

public enum OrderStatus
{
    /// <summary>Taken; the stalls are at it.</summary>
    Placed,
    /// <summary>Its goods are reserved and paid.</summary>
    Confirmed,
    Rejected,
    Cancelled,
    /// <summary>Its customer has it.</summary>
    Completed,
}

/// <summary>Who sees to it that the stalls do their part.</summary>
public enum Flow
{
    /// <summary>The chief calls one stall after the other.</summary>
    Orchestrated,
    /// <summary>Nobody: each stall acts on what the others say.</summary>
    Choreographed,
}

/// <summary>An order and everything that happened to it. Knows which change may follow which and the fact that announces it; knows no database and no HTTP.</summary>
public sealed class Order
{
    readonly List<TimelineEntry> timeline = [];

    public Guid Id { get; private init; }
    public Guid CustomerId { get; private init; }
    public Flow Flow { get; private init; }
    public OrderStatus Status { get; private set; }
    public string? Reason { get; private set; }

    /// <summary>Cancelled by us and not by its customer.</summary>
    public bool Apology { get; private set; }
    public string Currency { get; private init; } = "";
    public IReadOnlyList<OrderLine> Lines { get; private init; } = [];
    public decimal Total { get; private init; }

    /// <summary>As it was when the order was placed, whatever the customer changes later.</summary>
    public Address Address { get; private init; } = null!;
    public string PaymentToken { get; private init; } = "";
    public DateTimeOffset PlacedAt { get; private init; }
    public DateTimeOffset? SettledAt { get; private set; }

    /// <summary>Why the order is to be cancelled, from the moment when that was asked; null again when it was refused.</summary>
    public string? CancelReason { get; private set; }

    /// <summary>Why the last wish to cancel was refused.</summary>
    public string? CancelRefusal { get; private set; }

    /// <summary>Which facts the stalls have told so far.</summary>
    public FactKind Heard { get; private set; }

    /// <summary>How many riders have failed, as far as that was heard: what an earlier one said is old.</summary>
    public int FailedAttempts { get; private set; }

    /// <summary>When it last came further.</summary>
    public DateTimeOffset Since { get; private set; }

    /// <summary>The sequence of the newest timeline entry.</summary>
    public int TimelineLength { get; private set; }
    public IReadOnlyList<TimelineEntry> Timeline => timeline;

    public bool IsOver => Status is OrderStatus.Rejected or OrderStatus.Cancelled or OrderStatus.Completed;
    public bool HasPrepared => Lines.Any(line => line.IsPrepared);

    public static (Order Order, OrderPlaced Fact) Place(
        Guid customerId, Address address, string currency, IReadOnlyList<OrderLine> lines, string paymentToken, DateTimeOffset now, Flow flow = Flow.Orchestrated)
    {
        var total = lines.Sum(line => line.LineTotal);
        var order = new Order
        {
            Id = Guid.CreateVersion7(now), CustomerId = customerId, Address = address, Currency = currency, Lines = lines, Total = total,
            // Gossip goes on with the news of a payment, and where nothing is to be paid there is none.
            Flow = total == 0 ? Flow.Orchestrated : flow,
            PaymentToken = paymentToken, PlacedAt = now, Since = now,
        };
        order.Note(now, "order-service", "placed");
        return (order, new OrderPlaced(order));
    }

    public OrderConfirmed Confirm(DateTimeOffset now)
    {
        Settle(OrderStatus.Confirmed, reason: null, now, from: OrderStatus.Placed);
        return new(this);
    }

    public OrderRejected Reject(string reason, DateTimeOffset now)
    {
        Settle(OrderStatus.Rejected, reason, now, from: OrderStatus.Placed);
        return new(this);
    }

    public OrderCompleted Complete(DateTimeOffset now)
    {
        Settle(OrderStatus.Completed, reason: null, now, from: OrderStatus.Confirmed);
        return new(this);
    }

    /// <summary>To be called when all of it is undone, or will be by those who hear this.</summary>
    public OrderCancelled Cancel(string reason, bool apology, DateTimeOffset now)
    {
        Apology = apology;
        Settle(OrderStatus.Cancelled, reason, now, OrderStatus.Placed, OrderStatus.Confirmed);
        return new(this);
    }

    /// <summary>It can never be done: as nothing was confirmed it is rejected, otherwise taken back with an apology. A wish to cancel that was there before wins.</summary>
    public OrderEvent GiveUp(string why, DateTimeOffset now) =>
        CancelReason is not null ? Cancel(CancelReason, Apology, now)
        : Status == OrderStatus.Placed ? Reject(why, now)
        : Cancel(why, apology: true, now);

    /// <summary>Somebody asks for the order to be taken back: its customer, or an operator, who apologises. Allowed until pick-up.</summary>
    /// <returns>Null, or why that is not possible.</returns>
    public string? AskToCancel(string reason, bool apology, DateTimeOffset now)
    {
        if (IsOver) return $"The order is {Word(Status)} already.";
        if (Heard.HasFlag(FactKind.PickedUp)) return "A rider has picked the order up.";
        if (CancelReason is not null) return null;
        (CancelReason, CancelRefusal, Apology) = (reason, null, apology);
        Note(now, "order-service", "cancel requested", reason);
        return null;
    }

    /// <summary>The wish came too late: the order goes on.</summary>
    public void RefuseCancel(string why, DateTimeOffset now)
    {
        (CancelReason, CancelRefusal, Apology) = (null, why, false);
        Heard |= FactKind.PickedUp;
        Note(now, "order-service", "cancel refused", why);
    }

    /// <summary>Notes what a stall said. That a rider picked it up can be heard after that this rider failed.</summary>
    public void Hear(Fact fact)
    {
        if (fact.Kind is FactKind.DeliveryFailed or FactKind.DeliveryGivenUp)
            (Heard, FailedAttempts) = (Heard & ~FactKind.PickedUp | fact.Kind, Math.Max(FailedAttempts, fact.Times));
        else if (fact.Kind != FactKind.PickedUp || fact.Times > FailedAttempts)
            Heard |= fact.Kind;
        timeline.Add(new(Id, ++TimelineLength, fact.At, fact.Who, fact.What, fact.Detail, Step: null, Attempt: null, fact.TraceId, fact.Topic, fact.EventId));
    }

    public void CameFurther(DateTimeOffset now) => Since = now;

    /// <summary>It is being undone from now on: what was said of an earlier wish holds no more.</summary>
    public void TurnsBack(DateTimeOffset now) => (Since, CancelRefusal) = (now, null);

    /// <summary>Adds to the timeline, with the trace that this is a part of.</summary>
    public void Note(DateTimeOffset at, string who, string what, string? detail = null, string? step = null, int? attempt = null) =>
        timeline.Add(new(Id, ++TimelineLength, at, who, what, detail, step, attempt, Trace));

    static string? Trace => Activity.Current?.TraceId.ToHexString();

    void Settle(OrderStatus status, string? reason, DateTimeOffset now, params ReadOnlySpan<OrderStatus> from)
    {
        if (!from.Contains(Status)) throw new InvalidOperationException($"An order that is {Status} cannot become {status}.");
        (Status, Reason, SettledAt, Since) = (status, reason, now, now);
        Note(now, "order-service", Word(status), reason);
    }

#pragma warning disable CA1308 // the wire's camelCase of a one-word name
    static string Word(OrderStatus status) => status.ToString().ToLowerInvariant();
#pragma warning restore CA1308
}

/// <summary>One line as product-service quoted it.</summary>
/// <param name="Kind"><c>prepared</c> (goes through a kitchen) or <c>stocked</c>.</param>
public sealed record OrderLine(
    Guid VariantId, Guid ProductId, string Title, string? VariantTitle, string Stall, string Kind, int Quantity, decimal UnitPrice, decimal LineTotal)
{
    [JsonIgnore]
    public bool IsPrepared => Kind == "prepared";
}

/// <summary>One of the customer's addresses.</summary>
/// <param name="Country">ISO 3166-1 alpha-2.</param>
public sealed record Address(Guid Id, string Line1, string City, string Country, string? Label = null, string? Line2 = null, string? PostalCode = null);

/// <summary>Something that happened to an order.</summary>
/// <param name="Sequence">1, 2, 3… within the order; also the id of the server-sent event.</param>
/// <param name="Who">The service that said so.</param>
/// <param name="Step">The plan's step whose call it was.</param>
/// <param name="Attempt">Which attempt of the step, from 1.</param>
/// <param name="Topic">Of the event that said so.</param>
/// <param name="EventId">Of the event that said so.</param>
public sealed record TimelineEntry(
    [property: JsonIgnore] Guid OrderId,
    int Sequence, DateTimeOffset At, string Who, string What, string? Detail, string? Step, int? Attempt, string? TraceId, string? Topic = null, Guid? EventId = null);

/// <summary>How an order looks to its customer.</summary>
/// <param name="CancelRequested">Somebody asked to cancel it, and whether it can be is not known yet.</param>
/// <param name="Timeline">Only when one order is asked for.</param>
/// <param name="Waiting">What an open order waits for; only for operators, and in lists.</param>
public sealed record OrderView(
    Guid Id, Guid CustomerId, OrderStatus Status, string? Reason, Flow Flow, bool CancelRequested, string Currency, IReadOnlyList<OrderLine> Lines, decimal Total, Address Address,
    DateTimeOffset PlacedAt, DateTimeOffset? SettledAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    IReadOnlyList<TimelineEntry>? Timeline = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    Waiting? Waiting = null)
{
    public OrderView(Order order, IReadOnlyList<TimelineEntry>? timeline = null, Waiting? waiting = null)
        : this(order.Id, order.CustomerId, order.Status, order.Reason, order.Flow, order.CancelReason is not null && !order.IsOver, order.Currency, order.Lines, order.Total,
            order.Address, order.PlacedAt, order.SettledAt, timeline, waiting) { }
}
