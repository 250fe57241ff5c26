namespace Kampung.AppHost.Chaos;

public enum FaultKind
{
    /// <summary>SIGKILL; AppHost starts it again.</summary>
    Kill,

    /// <summary>Stopped in good order and started again.</summary>
    Restart,

    /// <summary>SIGSTOP, longer than anybody waits for an answer, then SIGCONT.</summary>
    Pause,

    /// <summary>Every event so far comes a second time, keys in another order.</summary>
    Redeliver,
}

/// <param name="At">From the beginning of the run. Later when the process is not up then, or too much is down already.</param>
/// <param name="For">How long it is paused.</param>
public sealed record Fault(TimeSpan At, FaultKind Kind, string Target, TimeSpan For = default)
{
    public override string ToString() => Kind switch
    {
        FaultKind.Pause => $"pause {Target} for {For.TotalSeconds:0.0} s",
        FaultKind.Redeliver => "deliver all events again",
        _ => $"{Kind.ToString().ToLowerInvariant()} {Target}",
    };
}

/// <summary>What goes wrong and when: the same seed and processes give the same plan.</summary>
public static class FaultPlan
{
    static readonly TimeSpan Interval = TimeSpan.FromSeconds(4);
    static readonly TimeSpan ShortestPause = TimeSpan.FromSeconds(7), LongestPause = TimeSpan.FromSeconds(13);

    // However short the run is: who carries the orders, who takes the money, and what all events go through.
    static readonly string[] AlwaysPaused = ["order-service", "payment-service", Village.Broker];

    /// <param name="processes">Names, as the control endpoint has them.</param>
    public static IReadOnlyList<Fault> Make(IReadOnlyList<string> processes, TimeSpan duration, int seed)
    {
        var random = new Random(seed);
        // Each process once and some pauses, whatever the time; then as many more as there is time for.
        var pauses = processes.Where(AlwaysPaused.Contains).Select(process => (FaultKind.Pause, process)).ToList();
        List<(FaultKind Kind, string Target)> faults =
        [
            .. Shuffled(processes.Select(process => (process == Village.PostgreSql ? FaultKind.Restart : FaultKind.Kill, process))),
            .. pauses,
            .. Shuffled(processes.SelectMany(process => new[] { (FaultKind.Pause, process), (FaultKind.Kill, process) }).Except(pauses)),
        ];
        var count = Math.Clamp((int)(duration / Interval), processes.Count + pauses.Count, faults.Count);
        // The last tenth is left to the orders.
        var interval = duration * 0.9 / count;
        var made = faults.Take(count).ToArray();
        random.Shuffle(made);
        return
        [
            .. made.Select((fault, i) => new Fault(interval * (i + random.NextDouble()), fault.Kind, fault.Target,
                    fault.Kind == FaultKind.Pause ? ShortestPause + (LongestPause - ShortestPause) * random.NextDouble() : default))
                .Concat([Redelivery(0.3), Redelivery(0.6), Redelivery(1)])
                .OrderBy(fault => fault.At),
        ];

        Fault Redelivery(double when) => new(duration * when, FaultKind.Redeliver, "all topics");

        (FaultKind, string)[] Shuffled(IEnumerable<(FaultKind, string)> some)
        {
            var all = some.ToArray();
            random.Shuffle(all);
            return all;
        }
    }
}
