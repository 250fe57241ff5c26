using Kampung.Messaging;

namespace Kampung.Orders;

/// <summary>
/// What the chief does for a subject, from top to bottom: steps, each beside its undo, and facts that are announced. A plan has no state;
/// how far it has come for one subject is its <see cref="Progress"/>.
/// </summary>
public sealed class Plan<T>
{
    readonly List<Step<T>> steps = [];

    public IReadOnlyList<Step<T>> Steps => steps;

    /// <summary>
    /// Adds a call to another service. Both directions are repeated until they give an outcome, so they must be idempotent,
    /// and <paramref name="undo"/> must also be right for a call that was never made, or whose answer was lost.
    /// </summary>
    /// <param name="onRefusal">Why the subject is given up when the service refuses; the steps before are then undone in reverse.</param>
    public Plan<T> Step(string name, StepAction<T> run, StepAction<T> undo, string onRefusal)
    {
        steps.Add(new(name) { Run = run, Undo = undo, OnRefusal = onRefusal });
        return this;
    }

    /// <summary>
    /// Adds a call that sets something off which takes its time, and waits for the event that says how it ended. The call is repeated now and then while the plan
    /// waits, in case that the event is lost, and answers then how far it has come. When it is refused half done, it is undone like the steps before it.
    /// </summary>
    /// <param name="until">The event that ends the wait.</param>
    /// <param name="failed">The event that says that it can never be done.</param>
    /// <param name="late">The event that says that something must be done about it: the first of the remedies the first time, the second the next, the last one from then on.</param>
    /// <param name="when">Whether the subject needs the step at all.</param>
    public Plan<T> Await(
        string name, StepAction<T> run, StepAction<T> undo, string onRefusal, FactKind until, FactKind failed, FactKind late, IReadOnlyList<Remedy<T>> remedies, Func<T, bool>? when = null)
    {
        steps.Add(new(name)
        {
            Run = run, Undo = undo, OnRefusal = onRefusal, IsAwaited = true, Until = until, Failed = failed, Late = late, Remedies = remedies, When = when ?? (_ => true),
        });
        return this;
    }

    /// <summary>Adds a change of the subject and the fact that announces it, committed together with the outcome of the step before.</summary>
    public Plan<T> Announce(string name, Func<T, DateTimeOffset, IEvent> fact)
    {
        steps.Add(new(name) { Fact = fact });
        return this;
    }

    public int IndexOf(string step) => steps.FindIndex(s => s.Name == step);
}

/// <summary>One direction of a step.</summary>
/// <exception cref="Exception">Nobody knows whether it happened: it is tried again.</exception>
public delegate Task<Outcome> StepAction<in T>(T subject, CancellationToken ct);

/// <summary>What is done when something is late.</summary>
/// <param name="times">For the how manieth time it is.</param>
public delegate Task<Outcome> Remedy<in T>(T subject, int times, CancellationToken ct);

/// <summary>Either a call with its undo, or a fact.</summary>
public sealed record Step<T>(string Name)
{
    public StepAction<T>? Run { get; init; }
    public StepAction<T>? Undo { get; init; }
    public string? OnRefusal { get; init; }
    public bool IsAwaited { get; init; }
    public FactKind Until { get; init; }
    public FactKind Failed { get; init; }
    public FactKind Late { get; init; }
    public IReadOnlyList<Remedy<T>> Remedies { get; init; } = [];
    public Func<T, bool> When { get; init; } = _ => true;
    public Func<T, DateTimeOffset, IEvent>? Fact { get; init; }

    /// <summary>The call to make.</summary>
    public Task<Outcome> CallAsync(Attempt attempt, T subject, CancellationToken ct) =>
        attempt.Direction == Direction.Undoing ? Undo!(subject, ct)
        : attempt.Late == 0 ? Run!(subject, ct)
        : Remedies[Math.Min(attempt.Late, Remedies.Count) - 1](subject, attempt.Late, ct);
}

/// <summary>What is tried: which step, in which direction, and as a remedy for what is late for the how manieth time (0: not late).</summary>
public readonly record struct Attempt(string Step, Direction Direction, int Late);

public enum OutcomeKind
{
    Done,
    /// <summary>It is under way; an event will say when it is done.</summary>
    Waiting,
    /// <summary>It is under way, and something must be done about it.</summary>
    Late,
    /// <summary>It can never be done. A step that does not wait: nothing was done.</summary>
    Refused,
    /// <summary>It is not known whether it was done; it is tried again.</summary>
    Failed,
}

/// <summary>What came of one attempt at a step.</summary>
/// <param name="Who">The service that said so.</param>
/// <param name="What">In the past tense, for the timeline: charged, declined, refunded.</param>
public sealed record Outcome(OutcomeKind Kind, string Who, string What, string? Detail)
{
    /// <summary>For the how manieth time it is late.</summary>
    public int Times { get; private init; }

    public static Outcome Done(string who, string what, string? detail = null) => new(OutcomeKind.Done, who, what, detail);
    public static Outcome Waiting(string who, string what, string? detail = null) => new(OutcomeKind.Waiting, who, what, detail);
    public static Outcome Late(string who, string what, int times, string? detail = null) => new(OutcomeKind.Late, who, what, detail) { Times = times };
    public static Outcome Refused(string who, string what, string? detail = null) => new(OutcomeKind.Refused, who, what, detail);
    public static Outcome Failed(string who, string what, string? detail = null) => new(OutcomeKind.Failed, who, what, detail);
}
