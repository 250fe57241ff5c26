namespace Kampung.ServiceDefaults.Discovery;

/// <summary>Settings under <c>Eureka</c>.</summary>
public sealed class EurekaOptions
{
    /// <summary>The registry, such as <c>http://localhost:8761/eureka</c>.</summary>
    public Uri? Uri { get; set; }

    /// <summary>Whether this process registers itself; it resolves names in any case.</summary>
    public bool Register { get; set; } = true;

    /// <summary>The host to register; by default the address that the process listens on, or this machine's if it listens on all.</summary>
    public string? Host { get; set; }

    /// <summary>How often the list of instances is asked for, once a name was to be resolved.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How often the lease is renewed. Short, so that a killed instance is soon forgotten.</summary>
    public TimeSpan RenewalInterval { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long the lease lives without being renewed, in whole seconds.</summary>
    public TimeSpan LeaseDuration { get; set; } = TimeSpan.FromSeconds(6);

    /// <summary>How long a stopping process goes on serving after it has left the registry, for clients that have not noticed yet.</summary>
    public TimeSpan DrainTime { get; set; } = TimeSpan.Zero;
}
