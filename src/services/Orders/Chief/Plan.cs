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
    /// <param name="onRefusal">Why the subject is rejected when the service refuses; the steps before are then undone in reverse.</param>
    public Plan<T> Step(string name, StepAction<T> run, StepAction<T> undo, string onRefusal)
    {
        steps.Add(new(name, run, undo, onRefusal, Fact: null));
        return this;
    }

    /// <summary>Adds a change of the subject and the fact that announces it, committed together with the outcome of the step before.</summary>
    public Plan<T> Announce(string name, Func<T, DateTimeOffset, IEvent> fact)
    {
        steps.Add(new(name, Run: null, Undo: null, OnRefusal: null, fact));
        return this;
    }

    public int IndexOf(string step) => steps.FindIndex(s => s.Name == step);
}

/// <summary>One direction of a step.</summary>
/// <exception cref="Exception">Nobody knows whether it happened: it is tried again.</exception>
public delegate Task<Outcome> StepAction<in T>(T subject, CancellationToken ct);

/// <summary>Either a call with its undo, or a fact.</summary>
public sealed record Step<T>(string Name, StepAction<T>? Run, StepAction<T>? Undo, string? OnRefusal, Func<T, DateTimeOffset, IEvent>? Fact);

public enum OutcomeKind
{
    Done,
    /// <summary>It can never be done, and nothing was done.</summary>
    Refused,
    /// <summary>It is not known whether it was done; it is tried again.</summary>
    Failed,
}

/// <summary>What came of one attempt at a step.</summary>
/// <param name="Who">The service that said so.</param>
/// <param name="What">In the past tense, for the timeline: charged, declined, refunded.</param>
public sealed record Outcome(OutcomeKind Kind, string Who, string What, string? Detail)
{
    public static Outcome Done(string who, string what, string? detail = null) => new(OutcomeKind.Done, who, what, detail);
    public static Outcome Refused(string who, string what, string? detail = null) => new(OutcomeKind.Refused, who, what, detail);
    public static Outcome Failed(string who, string what, string? detail = null) => new(OutcomeKind.Failed, who, what, detail);
}
