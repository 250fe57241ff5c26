namespace Kampung.AppHost.Chaos;

/// <summary>What a person asked of the verb <c>chaos</c>.</summary>
public sealed record ChaosOptions
{
    public required int Orders { get; init; }

    /// <summary>For how long orders are placed and things are broken.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>Orders are of one of these, by lot.</summary>
    public required IReadOnlyList<string> Flows { get; init; }

    public required int Seed { get; init; }

    /// <summary>How long the village may take afterwards until its books balance.</summary>
    public required TimeSpan Settle { get; init; }

    /// <summary>Folder for the report.</summary>
    public required string Report { get; init; }

    /// <summary>Where a village runs, or is to be started; null: a temporary folder.</summary>
    public DataFolder? Data { get; init; }

    /// <summary>More options of <c>up</c> for a village of its own.</summary>
    public IReadOnlyList<string> Village { get; init; } = [];

    public bool Build { get; init; } = true;

    /// <exception cref="KampungException">It is none of the flows.</exception>
    public static IReadOnlyList<string> ParseFlow(string text) => text switch
    {
        "both" => ["orchestrated", "choreographed"],
        "orchestrated" or "choreographed" => [text],
        _ => throw new KampungException($"--flow {text} is not understood: write orchestrated, choreographed or both."),
    };
}
