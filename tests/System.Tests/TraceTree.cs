namespace Kampung.SystemTests;

/// <summary>The spans of one trace, asked about by paths such as <c>"gateway CLIENT", "order-service SERVER"</c>: service, kind and, if given, a part of the name.</summary>
sealed class TraceTree(IReadOnlyList<Span> spans)
{
    readonly ILookup<string, Span> children = spans.Where(span => span.ParentId is not null).ToLookup(span => span.ParentId!);
    readonly HashSet<string> ids = [.. spans.Select(span => span.Id)];

    /// <summary>Some span matches the first step, a descendant of it the second, and so on; each a later one's ancestor.</summary>
    public void ShouldHavePath(params string[] steps) =>
        spans.Any(span => Matches(span, steps[0]) && Leads(span, steps.AsSpan(1).ToArray()))
            .ShouldBeTrue($"No path {string.Join(" -> ", steps)} in\n{this}");

    /// <summary>One span alone has no parent among the spans, and it is this one: nothing of the order is told in a trace of its own.</summary>
    public void ShouldHaveOneRoot(string step)
    {
        var roots = spans.Where(span => span.ParentId is null || !ids.Contains(span.ParentId)).ToList();
        roots.Count.ShouldBe(1, ToString());
        Matches(roots[0], step).ShouldBeTrue(ToString());
    }

    public override string ToString() => string.Join('\n', spans.Where(span => span.ParentId is null || !ids.Contains(span.ParentId)).SelectMany(root => Draw(root, 0)));

    bool Leads(Span from, string[] steps) =>
        steps.Length == 0 || children[from.Id].Any(child => (Matches(child, steps[0]) && Leads(child, steps[1..])) || Leads(child, steps));

    IEnumerable<string> Draw(Span span, int depth) =>
        children[span.Id].SelectMany(child => Draw(child, depth + 1)).Prepend(new string(' ', depth * 2) + span);

    static bool Matches(Span span, string step)
    {
        var parts = step.Split(' ', 3);
        return span.Service == parts[0] && span.Kind == parts[1] && (parts.Length < 3 || span.Name!.Contains(parts[2], StringComparison.OrdinalIgnoreCase));
    }
}
