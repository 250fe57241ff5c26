using System.Collections.Immutable;

namespace Kampung.Registry;

/// <summary>The states of an instance, as Eureka names them.</summary>
public static class InstanceStatus
{
    public const string Up = "UP";
    public const string Down = "DOWN";
    public const string Starting = "STARTING";
    public const string OutOfService = "OUT_OF_SERVICE";
    public const string Unknown = "UNKNOWN";

    public static bool IsKnown(string? status) => status is Up or Down or Starting or OutOfService or Unknown;
}

/// <summary>What an instance says about itself: Eureka's <c>InstanceInfo</c>. Immutable; times are milliseconds since 1970.</summary>
/// <param name="App">The application's name, in upper case.</param>
/// <param name="InstanceId">What tells it from the other instances of its application.</param>
/// <param name="HostName">Where it is reached, a name or an address.</param>
public sealed record Instance(string App, string InstanceId, string HostName)
{
    public string IpAddr { get; init; } = "";
    public string? AppGroupName { get; init; }
    public string Sid { get; init; } = "na";

    /// <summary>What clients go by: what the instance says, unless an operator's override says otherwise.</summary>
    public string Status { get; init; } = InstanceStatus.Up;

    /// <summary>The operator's override; <see cref="InstanceStatus.Unknown"/> if there is none.</summary>
    public string OverriddenStatus { get; init; } = InstanceStatus.Unknown;

    public Port Port { get; init; } = new(7001, true);
    public Port SecurePort { get; init; } = new(7002, false);
    public int CountryId { get; init; } = 1;
    public DataCenter DataCenter { get; init; } = DataCenter.MyOwn;
    public int RenewalIntervalInSecs { get; init; } = 30;
    public int DurationInSecs { get; init; } = 90;
    public long RegistrationTimestamp { get; init; }
    public long LastRenewalTimestamp { get; init; }
    public long ServiceUpTimestamp { get; init; }
    public ImmutableSortedDictionary<string, string> Metadata { get; init; } = ImmutableSortedDictionary<string, string>.Empty;
    public string? HomePageUrl { get; init; }
    public string? StatusPageUrl { get; init; }
    public string? HealthCheckUrl { get; init; }
    public string? SecureHealthCheckUrl { get; init; }

    /// <summary>The names, separated by commas, under which clients ask for it.</summary>
    public string? VipAddress { get; init; }

    public string? SecureVipAddress { get; init; }
    public string IsCoordinatingDiscoveryServer { get; init; } = "false";
    public long LastUpdatedTimestamp { get; init; }

    /// <summary>When the instance last changed what it says about itself, by its own clock.</summary>
    public long LastDirtyTimestamp { get; init; }

    /// <summary>What happened to it last: ADDED, MODIFIED or DELETED.</summary>
    public string ActionType { get; init; } = "ADDED";
}

/// <summary>A port and whether it is served.</summary>
public readonly record struct Port(int Number, bool Enabled);

/// <summary>Where an instance runs; <paramref name="Class"/> is the Java type that Eureka's Java clients need to read it.</summary>
public sealed record DataCenter(string Class, string Name, ImmutableSortedDictionary<string, string> Metadata)
{
    public static DataCenter MyOwn { get; } =
        new("com.netflix.appinfo.InstanceInfo$DefaultDataCenterInfo", "MyOwn", ImmutableSortedDictionary<string, string>.Empty);
}
