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
/// How far the plan of one order has come: a row that outlives every process. Whoever carries the plan holds its lease. It is changed only by one who has locked the
/// order and read it afresh, and an outcome counts only for the step that was tried: so what a holder brings that was overtaken, by an event or because its lease
/// was lost, has no effect here. Decides what follows what; calls nobody.
/// </summary>
public sealed class Progress
{
    public Guid OrderId { get; private init; }
    public Direction Direction { get; private set; }

    /// <summary>The step that is next in this direction, or that is waited for.</summary>
    public string Step { get; private set; } = "";

    /// <summary>Failed attempts at this step so far.</summary>
    public int Attempts { get; private set; }

    /// <summary>What was said at the last attempt: why it failed, or what is waited for.</summary>
    public string? Reason { get; private set; }

    /// <summary>The step's call was answered, and its event has not come yet.</summary>
    public bool IsWaiting { get; private set; }

    /// <summary>Something must be done about the step, for the how manieth time; 0 when it is not late.</summary>
    public int Late { get; private set; }

    /// <summary>While leased: when the lease ends unless renewed. Otherwise: when somebody shall take it up.</summary>
    public DateTimeOffset Due { get; private set; }

    /// <summary>Names who carries the plan; each holding has an id of its own. Null while it rests.</summary>
    public Guid? Lease { get; private set; }

    /// <summary>Why the order is given up.</summary>
    public string? GiveUpReason { get; private set; }

    /// <summary>W3C traceparent of the request that set this off.</summary>
    public string? TraceParent { get; private set; }

    /// <summary>What is to be tried now.</summary>
    public Attempt Next => new(Step, Direction, Late);

    public static Progress Begin(Plan<Order> plan, Guid orderId, Guid? lease, DateTimeOffset due) => new()
    {
        OrderId = orderId, Step = plan.Steps[0].Name, Lease = lease, Due = due, TraceParent = Activity.Current?.Id,
    };

    /// <summary>Somebody asks for the order back. Whoever carries the plan at this moment turns round after the step that it is at.</summary>
    /// <returns>Null, or why that is not possible.</returns>
    public string? Cancel(Order order, string reason, bool apology, DateTimeOffset now)
    {
        if (Direction == Direction.Undoing && order.CancelReason is null)
            return order.Status == OrderStatus.Placed ? "The order is being rejected." : null; // or is being taken back with an apology: what was asked for
        if (order.CancelReason is null) TraceParent = Activity.Current?.Id;
        if (order.AskToCancel(reason, apology, now) is { } refusal) return refusal;
        TakeUp(now);
        return null;
    }

    /// <summary>An operator wants no more waiting.</summary>
    public void Retry(DateTimeOffset now)
    {
        Attempts = 0;
        TakeUp(now);
    }

    /// <summary>The order is wanted back, and nobody is at a step.</summary>
    public bool MustTurnRound(Order order) => order.CancelReason is not null && Direction == Direction.Forward;

    /// <summary>Goes back from here. The step that is next may have been tried without an answer, so it is undone too.</summary>
    /// <returns>The facts to announce with it.</returns>
    public IReadOnlyList<IEvent> TurnRound(Plan<Order> plan, Order order, DateTimeOffset now) => UndoFrom(plan.IndexOf(Step), plan, order, now);

    /// <summary>
    /// Moves on by an event of a stall, also while a holder is at the step's call, whose answer then comes too late to count. A plan that is being undone, or is
    /// elsewhere, has learnt it by a call already.
    /// </summary>
    /// <returns>The facts to announce with it.</returns>
    public IReadOnlyList<IEvent> Hear(Fact fact, Plan<Order> plan, Order order, DateTimeOffset now)
    {
        order.Hear(fact);
        if (Direction != Direction.Forward) return [];
        var at = plan.IndexOf(Step);
        var step = plan.Steps[at];
        if (fact.Kind == step.Until) return Take(OutcomeKind.Done);
        if (fact.Kind == step.Failed) return Take(OutcomeKind.Refused);
        if (fact.Kind == step.Late && fact.Times > Late)
        {
            Late = fact.Times;
            TakeUp(now);
        }
        return [];

        IReadOnlyList<IEvent> Take(OutcomeKind kind)
        {
            var facts = MoveOn(kind, at, plan, order, now);
            if (Direction != Direction.Ended) TakeUp(now);
            return facts;
        }
    }

    /// <summary>Moves on by what came of an attempt, and says so on the order's timeline. Nothing happens when the plan is not where it was attempted any more.</summary>
    /// <param name="rest">How long a plan that waits rests before it asks again.</param>
    /// <returns>The facts to announce with it.</returns>
    public IReadOnlyList<IEvent> Take(Attempt attempt, Outcome outcome, Plan<Order> plan, Order order, DateTimeOffset now, Backoff backoff, TimeSpan rest)
    {
        if ((attempt.Step, attempt.Direction) != (Step, Direction)) return [];
        var at = plan.IndexOf(Step);

        if (outcome.Kind == OutcomeKind.Failed)
        {
            if (MustTurnRound(order)) return UndoFrom(at, plan, order, now);
            Attempts++;
            var pause = backoff.After(Attempts);
            (Lease, Due, Reason) = (null, now + pause, $"{outcome.Who}: {outcome.Detail}");
            // One that is down for hours is told of in ever longer intervals.
            if (BitOperations.IsPow2(Attempts))
                order.Note(now, outcome.Who, outcome.What, $"{outcome.Detail} Next attempt in {pause.TotalSeconds:0.#} s.", Step, Attempts);
            return [];
        }

        if (outcome.Kind is OutcomeKind.Waiting or OutcomeKind.Late)
        {
            // Asking again while it waits is no news.
            if (!IsWaiting || attempt.Late > 0) order.Note(now, outcome.Who, outcome.What, outcome.Detail, Step, Attempts + 1);
            (IsWaiting, Attempts, Reason) = (true, 0, $"{outcome.Who}: {outcome.What}. {outcome.Detail}".TrimEnd());
            if (MustTurnRound(order)) return UndoFrom(at, plan, order, now);
            Late = Math.Max(Late, outcome.Times);
            if (Late == attempt.Late) (Late, Lease, Due) = (0, null, now + rest);
            return [];
        }

        if (Direction == Direction.Undoing && outcome.Kind == OutcomeKind.Refused) return GoForwardAgain(outcome, order, now);
        order.Note(now, outcome.Who, outcome.What, outcome.Detail, Step, Attempts + 1);
        return Direction == Direction.Undoing ? UndoFrom(at - 1, plan, order, now) : MoveOn(outcome.Kind, at, plan, order, now);
    }

    List<IEvent> MoveOn(OutcomeKind kind, int at, Plan<Order> plan, Order order, DateTimeOffset now)
    {
        if (kind == OutcomeKind.Refused)
        {
            GiveUpReason = plan.Steps[at].OnRefusal;
            return UndoFrom(plan.Steps[at].IsAwaited ? at : at - 1, plan, order, now);
        }
        return order.CancelReason is null ? GoOnTo(at + 1, plan, order, now) : UndoFrom(at, plan, order, now);
    }

    /// <summary>It is too late to undo the step, so none is undone.</summary>
    List<IEvent> GoForwardAgain(Outcome refusal, Order order, DateTimeOffset now)
    {
        order.RefuseCancel(refusal.Detail ?? refusal.What, now);
        GiveUpReason = null;
        StandAt(Step, Direction.Forward, order, now);
        return [];
    }

    List<IEvent> GoOnTo(int next, Plan<Order> plan, Order order, DateTimeOffset now)
    {
        List<IEvent> facts = [];
        for (; next < plan.Steps.Count; next++)
        {
            var step = plan.Steps[next];
            StandAt(step.Name, Direction.Forward, order, now);
            if (step.Fact is { } fact) facts.Add(fact(order, now));
            else if (step.When(order)) return facts;
        }
        End(now);
        return facts;
    }

    List<IEvent> UndoFrom(int next, Plan<Order> plan, Order order, DateTimeOffset now)
    {
        while (next >= 0 && (plan.Steps[next].Undo is null || !plan.Steps[next].When(order))) next--;
        if (next >= 0)
        {
            StandAt(plan.Steps[next].Name, Direction.Undoing, order, now);
            return [];
        }
        End(now);
        return [order.GiveUp(GiveUpReason ?? "", now)];
    }

    void StandAt(string step, Direction direction, Order order, DateTimeOffset now)
    {
        (Step, Direction, Attempts, Reason, IsWaiting, Late) = (step, direction, 0, null, false, 0);
        if (direction == Direction.Undoing) order.TurnsBack(now);
        else order.CameFurther(now);
    }

    /// <summary>Whoever is free shall go on with it now, unless somebody is at it.</summary>
    void TakeUp(DateTimeOffset now)
    {
        if (Lease is null) Due = now;
    }

    void End(DateTimeOffset now) => (Direction, Lease, Due, Reason) = (Direction.Ended, null, now, null);
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
