namespace Kampung.Gateway.Validation;

/// <summary>The section <c>Gateway:Validation</c>.</summary>
sealed record ValidationSettings
{
    public bool Enabled { get; init; } = true;

    /// <summary>From the first look at a body to its end, however steadily it comes.</summary>
    public TimeSpan BodyTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>What the bodies of all requests together may take while they are held, in bytes.</summary>
    public long BodyBytes { get; init; } = 64 * 1024 * 1024;

    public IEnumerable<string> Mistakes()
    {
        if (BodyTime <= TimeSpan.Zero || BodyTime > TimeSpan.FromHours(1)) yield return "Gateway:Validation:BodyTime must be positive, an hour at most";
        if (BodyBytes < 0) yield return "Gateway:Validation:BodyBytes must not be negative";
    }
}
