namespace Kampung.AppHost.Audit;

/// <summary>The outcome of an audit.</summary>
/// <param name="Quiet">False: it was audited although something was still under way.</param>
public sealed record AuditReport(bool Quiet, IReadOnlyList<AuditedInvariant> Invariants)
{
    const int Shown = 20;

    public bool Holds => Invariants.All(invariant => invariant.Violations.Count == 0);

    /// <summary>Each invariant with its figures, and what breaks it, as text for people.</summary>
    public IEnumerable<string> Lines()
    {
        if (!Quiet) yield return "The village is not quiet: this is how it stands now.";
        foreach (var (name, figures, violations) in Invariants)
        {
            yield return $"{(violations.Count == 0 ? "ok    " : "BROKEN")} {name}";
            yield return $"         {figures}";
            foreach (var violation in violations.Take(Shown)) yield return $"       - {(violation.OrderId is { } order ? $"order {order} " : "")}{violation.What}";
            if (violations.Count > Shown) yield return $"       - and {violations.Count - Shown} more";
        }
        yield return Holds ? "The books balance." : $"{Invariants.Count(invariant => invariant.Violations.Count > 0)} of {Invariants.Count} invariants are broken.";
    }
}

public sealed record AuditedInvariant(string Name, string Figures, IReadOnlyList<Violation> Violations);
