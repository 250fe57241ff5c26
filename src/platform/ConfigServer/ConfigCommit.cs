namespace Kampung.ConfigServer;

/// <summary>The configuration files of one commit, read.</summary>
/// <param name="Label">The branch, tag or commit that was asked for.</param>
/// <param name="Tip">The label's newest commit.</param>
/// <param name="Sha">The commit that is served.</param>
/// <param name="Complaint">Why that is not the newest; null if it is.</param>
/// <param name="Files">The parts of each file, by the file's name.</param>
sealed record ConfigCommit(string Label, string Tip, string Sha, string? Complaint, IReadOnlyDictionary<string, IReadOnlyList<ConfigPart>> Files)
{
    // Java's properties go before YAML where both exist.
    static readonly string[] Extensions = [".properties", ".yml", ".yaml"];

    /// <summary>
    /// What holds for <paramref name="applications"/> with <paramref name="profiles"/>, highest precedence first: the last profile's files, …, the files for
    /// all profiles; each time the application's own before those of all applications; in a file the later part before the earlier.
    /// </summary>
    public IEnumerable<ConfigPart> SourcesFor(IReadOnlyList<string> applications, IReadOnlyList<string> profiles)
    {
        var active = profiles.ToHashSet();
        string[] names = [.. applications.Where(name => name != "application").Reverse(), "application"];
        return
            from suffix in profiles.Reverse().Select(profile => "-" + profile).Append("")
            from name in names
            from extension in Extensions
            where Files.ContainsKey(name + suffix + extension)
            from part in Files[name + suffix + extension].Reverse()
            where part.OnProfile?.Matches(active) != false
            select part;
    }
}
