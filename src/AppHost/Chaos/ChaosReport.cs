using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Kampung.AppHost.Audit;

namespace Kampung.AppHost.Chaos;

/// <summary>What a run was and how it ended.</summary>
/// <param name="RepeatedRequests">Requests without a useful answer, which were sent again, by reason.</param>
/// <param name="Parked">Events that were parked at the same time at most, by service.</param>
/// <param name="Books">As they were at the end.</param>
/// <param name="Settled">From the end of the faults until the books balanced, or the time was up.</param>
public sealed record ChaosReport(
    ChaosOptions Options, DateTimeOffset At, IReadOnlyList<Fault> Plan, IReadOnlyList<Suffered> Suffered, IReadOnlyList<Bought> Bought, IReadOnlyDictionary<string, int> RepeatedRequests,
    IReadOnlyDictionary<string, long> Parked, Books Books, TimeSpan Settled, AuditReport Audit)
{
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    public bool Holds => Audit.Holds;

    /// <summary>Orders of this run whose payment the provider took, although its answer was lost on the way.</summary>
    IReadOnlyCollection<Guid> AnswersLost()
    {
        var charged = Books.Payments.Where(payment => payment.ProviderCharged > 0).Select(payment => payment.OrderId).ToHashSet();
        return [.. Bought.Where(one => one.Wish.Card == ShoppingList.AnswerIsLost).Select(one => one.OrderId).OfType<Guid>().Where(charged.Contains).Distinct()];
    }

    IEnumerable<(string What, string Figure)> Figures()
    {
        var mine = Bought.Where(one => one.OrderId is not null).Select(one => one.OrderId!.Value).ToHashSet();
        var orders = Books.Orders.Where(order => mine.Contains(order.OrderId)).ToList();
        yield return ("orders placed", $"{mine.Count} of {Bought.Count}");
        foreach (var flow in Options.Flows)
            yield return (flow, string.Join(", ", orders.Where(order => order.Flow == flow).CountBy(order => order.Status).OrderByDescending(status => status.Value).Select(status => $"{status.Value} {status.Key}")));
        yield return ("still waiting, with a reason", $"{orders.Count(order => !order.HasEnded && order.Waiting is not null)}");
        yield return ("cancelled by the customer", string.Join(", ", Bought.Select(one => one.Cancelled).OfType<string>().CountBy(outcome => outcome).Select(outcome => $"{outcome.Value} {outcome.Key}")));
        yield return ("faults survived", $"{Suffered.Count(one => one.Recovery is not null || one.Fault.Kind == FaultKind.Redeliver)} of {Suffered.Count}: "
            + string.Join(", ", Suffered.CountBy(one => one.Fault.Kind).Select(kind => $"{kind.Value} × {kind.Key.ToString().ToLowerInvariant()}")));
        yield return ("events that came twice", $"{Suffered.Sum(one => one.Copies)}");
        yield return ("payments whose answer was lost after charging", $"{AnswersLost().Count}");
        yield return ("events parked at the same time, at most", Parked.Count == 0
            ? "none was seen" : string.Join(", ", Parked.OrderByDescending(service => service.Value).Select(service => $"{service.Value} in {service.Key}")));
        yield return ("requests that failed and were safely repeated", $"{RepeatedRequests.Values.Sum()}"
            + (RepeatedRequests.Count == 0 ? "" : $" ({string.Join(", ", RepeatedRequests.OrderByDescending(reason => reason.Value).Select(reason => $"{reason.Value} {reason.Key}"))})"));
        var slowest = Suffered.Where(one => one.Recovery is not null).MaxBy(one => one.Recovery);
        yield return ("worst recovery of a process", slowest is null ? "none" : $"{Seconds(slowest.Recovery!.Value)} ({slowest.Fault.Kind.ToString().ToLowerInvariant()} {slowest.Fault.Target})");
        var taken = Bought.Where(one => one.OrderId is not null).Select(one => one.Took).Order().ToList();
        yield return ("until an order was taken", taken.Count == 0 ? "none was" : $"median {Seconds(taken[taken.Count / 2])}, 99 % within {Seconds(taken[(int)((taken.Count - 1) * 0.99)])}, worst {Seconds(taken[^1])}");
        yield return ("until the books balanced, after the last fault", Holds ? Seconds(Settled) : $"not within {Seconds(Settled)}");
    }

    public IEnumerable<string> Summary() => Figures().Select(figure => $"{figure.What,-46} {figure.Figure}");

    /// <summary>Writes chaos-SEED.md and chaos-SEED.json.</summary>
    /// <returns>The Markdown file.</returns>
    public async Task<string> WriteAsync(string folder, CancellationToken stop)
    {
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, $"chaos-{Options.Seed}.md");
        await File.WriteAllTextAsync(file, Markdown(), stop);
        var json = new
        {
            seed = Options.Seed, at = At, holds = Holds, orders = Options.Orders, seconds = Options.Duration.TotalSeconds, flows = Options.Flows, settledSeconds = Settled.TotalSeconds,
            figures = Figures().ToDictionary(figure => figure.What, figure => figure.Figure),
            repeatedRequests = RepeatedRequests,
            answersLost = AnswersLost(),
            parked = Parked,
            faults = Suffered.OrderBy(one => one.At).Select(one => new { one.Fault.Kind, one.Fault.Target, planned = one.Fault.At.TotalSeconds, at = one.At.TotalSeconds, pausedSeconds = one.Fault.For.TotalSeconds, recoverySeconds = one.Recovery?.TotalSeconds, one.Copies, one.Note }),
            bought = Bought.Select(one => new { one.Wish.Number, one.OrderId, one.Wish.Flow, one.Wish.Card, one.Attempts, tookSeconds = one.Took.TotalSeconds, one.Refusal, one.Cancelled }),
            audit = Audit,
        };
        await File.WriteAllTextAsync(Path.ChangeExtension(file, ".json"), JsonSerializer.Serialize(json, Json), stop);
        return file;
    }

    string Markdown()
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"# Chaos, seed {Options.Seed}: {(Holds ? "the books balance" : "the books do not balance")}").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture, $"`dotnet run --project src/AppHost -- chaos --orders {Options.Orders} --minutes {Options.Duration.TotalMinutes:0.##} --flow {(Options.Flows.Count > 1 ? "both" : Options.Flows[0])} --seed {Options.Seed}`,");
        text.AppendLine(CultureInfo.InvariantCulture, $"{At:yyyy-MM-dd HH:mm} UTC, {Environment.ProcessorCount} processors for the village and its customers.").AppendLine();
        text.AppendLine("| | |").AppendLine("|---|---|");
        foreach (var (what, figure) in Figures()) text.AppendLine(CultureInfo.InvariantCulture, $"| {what} | {figure} |");
        text.AppendLine().AppendLine("## The audit").AppendLine().AppendLine("```");
        foreach (var line in Audit.Lines()) text.AppendLine(line);
        text.AppendLine("```").AppendLine().AppendLine("## What was broken").AppendLine();
        text.AppendLine("| at | what | ready again after |").AppendLine("|---:|---|---|");
        foreach (var one in Suffered.OrderBy(one => one.At))
            text.AppendLine(CultureInfo.InvariantCulture, $"| {Seconds(one.At)} | {one.Fault} | {one.Outcome(Seconds)} |");
        return text.ToString();
    }

    static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.0} s");
}
