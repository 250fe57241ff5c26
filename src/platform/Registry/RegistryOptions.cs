namespace Kampung.Registry;

/// <summary>Settings under <c>Registry</c>.</summary>
public sealed class RegistryOptions
{
    /// <summary>
    /// How long after its start it answers no question, because whoever registered with its last life has not come back yet: longer than a heartbeat of most.
    /// An empty list would be believed; no answer makes clients keep the list that they have.
    /// </summary>
    public TimeSpan WarmUp { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>How often leases are looked through for expired ones.</summary>
    public TimeSpan ExpiryInterval { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a change stays in <c>apps/delta</c>.</summary>
    public TimeSpan DeltaRetention { get; set; } = TimeSpan.FromMinutes(3);

    /// <inheritdoc cref="SelfPreservationOptions"/>
    public SelfPreservationOptions SelfPreservation { get; set; } = new();
}

/// <summary>
/// When so many leases expire at once that the network is the likelier cause than as many deaths, none is removed.
/// In a small registry one death is already a large share, so it starts at a minimum size.
/// </summary>
public sealed class SelfPreservationOptions
{
    public bool Enabled { get; set; } = true;

    /// <summary>The number of instances from which on it applies.</summary>
    public int MinimumInstances { get; set; } = 20;

    /// <summary>The share of instances with a valid lease below which nobody is removed.</summary>
    public double Threshold { get; set; } = 0.85;
}
