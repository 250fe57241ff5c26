using System.Diagnostics;
using System.Numerics;
using Kampung.Messaging;

namespace Kampung.Orders;

public enum Direction
{
    Forward,
    /// <summary>The steps are undone in reverse.</summary>
    Undoing,
    /// <summary>Nothing is left to do.</summary>
    Ended,
}

/// <summary>
/// How far the plan of one order has come: a row that outlives every process. Whoever carries the plan holds its lease; a change is
/// accepted only on the version that it was decided on, so what a holder does that was overtaken has no effect here. Decides what follows what; calls nobody.
/// </summary>
public sealed class Progress
{
    public Guid OrderId { get; private init; }
    public Direction Direction { get; private set; }

    /// <summary>The step that is next in this direction.</summary>
    public string Step { get; private set; } = "";

    /// <summary>Failed attempts at this step so far.</summary>
    public int Attempts { get; private set; }

    /// <summary>While leased: when the lease ends unless renewed. Otherwise: when somebody shall take it up.</summary>
    public DateTimeOffset Due { get; private set; }

    /// <summary>Names who carries the plan; each holding has an id of its own. Null while it rests.</summary>
    public Guid? Lease { get; private set; }
    public int Version { get; private set; }

    /// <summary>Why the order is to be cancelled, from the moment when its customer asked.</summary>
    public string? CancelReason { get; private set; }
    public string? RejectReason { get; private set; }

    /// <summary>W3C traceparent of the request that set this off.</summary>
    public string? TraceParent { get; private set; }

    public static Progress Begin(Plan<Order> plan, Guid orderId, Guid? lease, DateTimeOffset due) => new()
    {
        OrderId = orderId, Step = plan.Steps[0].Name, Lease = lease, Due = due, TraceParent = Activity.Current?.Id,
    };

    /// <summary>The customer asks for the order back. Whoever carries the plan at this moment turns round after the step that it is at.</summary>
    /// <returns>Null, or why that is not possible.</returns>
    public string? Cancel(Order order, string reason, DateTimeOffset now)
    {
        if (order.Status is OrderStatus.Rejected or OrderStatus.Cancelled) return $"The order is {order.Status.ToString().ToLowerInvariant()} already.";
        if (CancelReason is not null) return null;
        if (Direction == Direction.Undoing) return "The order is being rejected.";

        CancelReason = reason;
        TraceParent = Activity.Current?.Id;
        if (Direction == Direction.Ended) Direction = Direction.Forward;
        if (Lease is null) Due = now;
        Version++;
        order.Note(now, "order-service", "cancel requested", reason);
        return null;
    }

    /// <summary>The customer asked for the order back while nobody was at a step.</summary>
    public bool MustTurnRound => CancelReason is not null && Direction == Direction.Forward;

    /// <summary>Goes back from here. The step that is next may have been tried without an answer, so it is undone too.</summary>
    /// <returns>The facts to announce with it.</returns>
    public IReadOnlyList<IEvent> TurnRound(Plan<Order> plan, Order order, DateTimeOffset now)
    {
        Version++;
        return UndoFrom(plan.IndexOf(Step), plan, order, now);
    }

    /// <summary>Moves on by what came of the step that was next, and says so on the order's timeline.</summary>
    /// <returns>The facts to announce with it.</returns>
    public IReadOnlyList<IEvent> Take(Outcome outcome, Plan<Order> plan, Order order, DateTimeOffset now, Backoff backoff)
    {
        Version++;
        var attempt = Attempts + 1;
        var at = plan.IndexOf(Step);

        if (outcome.Kind == OutcomeKind.Failed)
        {
            Attempts = attempt;
            var pause = backoff.After(attempt);
            (Lease, Due) = (null, now + pause);
            // One that is down for hours is told of in ever longer intervals.
            if (BitOperations.IsPow2(attempt))
                order.Note(now, outcome.Who, outcome.What, $"{outcome.Detail} Next attempt in {pause.TotalSeconds:0.#} s.", Step, attempt);
            return [];
        }

        order.Note(now, outcome.Who, outcome.What, outcome.Detail, Step, attempt);
        if (Direction == Direction.Undoing) return UndoFrom(at - 1, plan, order, now);
        if (outcome.Kind == OutcomeKind.Refused)
        {
            RejectReason = plan.Steps[at].OnRefusal;
            return UndoFrom(at - 1, plan, order, now);
        }
        return CancelReason is null ? GoOnTo(at + 1, plan, order, now) : UndoFrom(at, plan, order, now);
    }

    List<IEvent> GoOnTo(int next, Plan<Order> plan, Order order, DateTimeOffset now)
    {
        Attempts = 0;
        List<IEvent> facts = [];
        for (; next < plan.Steps.Count; next++)
        {
            Step = plan.Steps[next].Name;
            if (plan.Steps[next].Fact is not { } fact) return facts;
            facts.Add(fact(order, now));
        }
        End(now);
        return facts;
    }

    List<IEvent> UndoFrom(int next, Plan<Order> plan, Order order, DateTimeOffset now)
    {
        (Direction, Attempts) = (Direction.Undoing, 0);
        while (next >= 0 && plan.Steps[next].Undo is null) next--;
        if (next >= 0)
        {
            Step = plan.Steps[next].Name;
            return [];
        }
        End(now);
        return CancelReason is null ? [order.Reject(RejectReason!, now)] : [order.Cancel(CancelReason, now)];
    }

    void End(DateTimeOffset now) => (Direction, Lease, Due) = (Direction.Ended, null, now);
}

/// <summary>The pause after a failed attempt: doubling, with a fifth of jitter so that waiting orders do not all come back at once.</summary>
public sealed record Backoff(TimeSpan First, TimeSpan Longest)
{
    public TimeSpan After(int attempts)
    {
        var pause = Math.Min(First.TotalSeconds * Math.Pow(2, attempts - 1), Longest.TotalSeconds);
#pragma warning disable CA5394 // jitter, no secret
        return TimeSpan.FromSeconds(pause * (0.9 + 0.2 * Random.Shared.NextDouble()));
#pragma warning restore CA5394
    }
}
