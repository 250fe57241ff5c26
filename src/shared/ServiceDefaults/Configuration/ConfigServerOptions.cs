namespace Kampung.ServiceDefaults.Configuration;

/// <summary>Settings under <c>Config</c>; they come from the environment, the command line or appsettings.json.</summary>
public sealed class ConfigServerOptions
{
    /// <summary>The config server; without it none is asked.</summary>
    public Uri? Uri { get; set; }

    /// <summary>Divided by commas, the last one wins. By default <c>dev</c> in Development, <c>prod</c> in Production, otherwise the environment's name.</summary>
    public string? Profiles { get; set; }

    /// <summary>Branch, tag or commit; by default the server's.</summary>
    public string? Label { get; set; }

    /// <summary>Whether the process refuses to start without its configuration. Otherwise it starts, and takes it once the server answers.</summary>
    public bool FailFast { get; set; } = true;

    /// <summary>How often a change is looked for.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <inheritdoc cref="ConfigServerRetry"/>
    public ConfigServerRetry Retry { get; set; } = new();
}

/// <summary>How the first answer is waited for.</summary>
public sealed class ConfigServerRetry
{
    public int MaxAttempts { get; set; } = 30;
    public TimeSpan InitialInterval { get; set; } = TimeSpan.FromMilliseconds(200);
    public double Multiplier { get; set; } = 1.5;
    public TimeSpan MaxInterval { get; set; } = TimeSpan.FromSeconds(2);
}
