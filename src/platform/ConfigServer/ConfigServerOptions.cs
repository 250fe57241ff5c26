namespace Kampung.ConfigServer;

/// <summary>Settings under <c>ConfigServer</c>.</summary>
public sealed class ConfigServerOptions
{
    /// <summary>The folder of the git repository, bare or not. What is served is what is committed, never the work tree.</summary>
    public string? Repository { get; set; }

    /// <summary>The branch, tag or commit that is served to whoever names none; the repository's HEAD if it is not set.</summary>
    public string? DefaultLabel { get; set; }
}
