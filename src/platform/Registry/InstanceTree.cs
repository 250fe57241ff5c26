using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Kampung.Registry;

/// <summary>
/// An <see cref="Instance"/> as a tree, which is its JSON; its XML is the same tree with <c>@name</c> as attributes and <c>$</c> as text.
/// Clients differ in what they send: numbers and booleans come as such or as strings, a port comes with or without its <c>@enabled</c>.
/// </summary>
static class InstanceTree
{
    /// <exception cref="FormatException">A field that is needed is missing, or cannot be read.</exception>
    public static Instance Read(JsonObject tree)
    {
        var app = Required(tree, "app").ToUpperInvariant();
        var host = Required(tree, "hostName");
        var lease = tree["leaseInfo"] as JsonObject ?? [];
        var status = Text(tree["status"])?.ToUpperInvariant() ?? InstanceStatus.Up;
        var overridden = (Text(tree["overriddenStatus"]) ?? Text(tree["overriddenstatus"]))?.ToUpperInvariant() ?? InstanceStatus.Unknown;
        var ids = new[] { Text(tree["instanceId"]), DataCenterId(tree), host };
        return new Instance(app, ids.First(id => !string.IsNullOrEmpty(id))!, host)
        {
            IpAddr = Text(tree["ipAddr"]) ?? "",
            AppGroupName = Text(tree["appGroupName"]),
            Sid = Text(tree["sid"]) ?? "na",
            Status = InstanceStatus.IsKnown(status) ? status : InstanceStatus.Unknown,
            OverriddenStatus = InstanceStatus.IsKnown(overridden) ? overridden : InstanceStatus.Unknown,
            Port = ReadPort(tree["port"], new Port(7001, true)),
            SecurePort = ReadPort(tree["securePort"], new Port(7002, false)),
            CountryId = (int)Number(tree["countryId"], 1),
            DataCenter = ReadDataCenter(tree["dataCenterInfo"]),
            RenewalIntervalInSecs = (int)Math.Clamp(Number(lease["renewalIntervalInSecs"], 30), 1, int.MaxValue),
            DurationInSecs = (int)Math.Clamp(Number(lease["durationInSecs"], 90), 1, int.MaxValue),
            Metadata = ReadMap(tree["metadata"]),
            HomePageUrl = Text(tree["homePageUrl"]),
            StatusPageUrl = Text(tree["statusPageUrl"]),
            HealthCheckUrl = Text(tree["healthCheckUrl"]),
            SecureHealthCheckUrl = Text(tree["secureHealthCheckUrl"]),
            VipAddress = Text(tree["vipAddress"]),
            SecureVipAddress = Text(tree["secureVipAddress"]),
            IsCoordinatingDiscoveryServer = Text(tree["isCoordinatingDiscoveryServer"]) ?? "false",
            LastDirtyTimestamp = Number(tree["lastDirtyTimestamp"], 0),
        };
    }

    public static JsonObject Write(Instance instance)
    {
        var tree = new JsonObject
        {
            ["instanceId"] = instance.InstanceId,
            ["hostName"] = instance.HostName,
            ["app"] = instance.App,
            ["appGroupName"] = instance.AppGroupName,
            ["ipAddr"] = instance.IpAddr,
            ["sid"] = instance.Sid,
            ["status"] = instance.Status,
            ["overriddenStatus"] = instance.OverriddenStatus,
            ["port"] = WritePort(instance.Port),
            ["securePort"] = WritePort(instance.SecurePort),
            ["countryId"] = instance.CountryId,
            ["dataCenterInfo"] = WriteDataCenter(instance.DataCenter),
            ["leaseInfo"] = new JsonObject
            {
                ["renewalIntervalInSecs"] = instance.RenewalIntervalInSecs,
                ["durationInSecs"] = instance.DurationInSecs,
                ["registrationTimestamp"] = instance.RegistrationTimestamp,
                ["lastRenewalTimestamp"] = instance.LastRenewalTimestamp,
                ["evictionTimestamp"] = 0,
                ["serviceUpTimestamp"] = instance.ServiceUpTimestamp,
            },
            ["metadata"] = WriteMap(instance.Metadata),
            ["homePageUrl"] = instance.HomePageUrl,
            ["statusPageUrl"] = instance.StatusPageUrl,
            ["healthCheckUrl"] = instance.HealthCheckUrl,
            ["secureHealthCheckUrl"] = instance.SecureHealthCheckUrl,
            ["vipAddress"] = instance.VipAddress,
            ["secureVipAddress"] = instance.SecureVipAddress,
            ["isCoordinatingDiscoveryServer"] = instance.IsCoordinatingDiscoveryServer,
            ["lastUpdatedTimestamp"] = Text(instance.LastUpdatedTimestamp),
            ["lastDirtyTimestamp"] = Text(instance.LastDirtyTimestamp),
            ["actionType"] = instance.ActionType,
        };
        foreach (var absent in tree.Where(field => field.Value is null).Select(field => field.Key).ToList()) tree.Remove(absent);
        return tree;
    }

    static string Required(JsonObject tree, string field) =>
        Text(tree[field]) is { Length: > 0 } value ? value : throw new FormatException($"The instance has no {field}.");

    static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    static string? Text(JsonNode? node) => node switch
    {
        JsonValue value => value.ToString(),
        JsonObject withAttributes => Text(withAttributes["$"]),
        _ => null,
    };

    static long Number(JsonNode? node, long otherwise) => Text(node) switch
    {
        null or "" => otherwise,
        var text => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new FormatException($"{text} at {node!.GetPath()} is not a whole number."),
    };

    static Port ReadPort(JsonNode? node, Port otherwise)
    {
        if (node is null) return otherwise;
        var number = Number(node, otherwise.Number);
        if (number is < 0 or > 65535) throw new FormatException($"{number} is not a port.");
        var enabled = node is JsonObject withAttributes ? Text(withAttributes["@enabled"]) : null;
        return new Port((int)number, enabled is null ? otherwise.Enabled : enabled.Equals("true", StringComparison.OrdinalIgnoreCase));
    }

    static JsonObject WritePort(Port port) => new() { ["$"] = port.Number, ["@enabled"] = port.Enabled ? "true" : "false" };

    static DataCenter ReadDataCenter(JsonNode? node) => node is not JsonObject tree
        ? DataCenter.MyOwn
        : new DataCenter(Text(tree["@class"]) ?? DataCenter.MyOwn.Class, Text(tree["name"]) ?? DataCenter.MyOwn.Name, ReadMap(tree["metadata"]));

    static JsonObject WriteDataCenter(DataCenter center)
    {
        var tree = new JsonObject { ["@class"] = center.Class, ["name"] = center.Name };
        if (center.Metadata.Count > 0) tree["metadata"] = WriteMap(center.Metadata);
        return tree;
    }

    // An instance in Amazon's cloud is known by its id there.
    static string? DataCenterId(JsonObject tree) =>
        tree["dataCenterInfo"] is JsonObject { } center && center["metadata"] is JsonObject metadata ? Text(metadata["instance-id"]) : null;

    static ImmutableSortedDictionary<string, string> ReadMap(JsonNode? node) => node is not JsonObject tree
        ? ImmutableSortedDictionary<string, string>.Empty
        : tree.Where(entry => !entry.Key.StartsWith('@') && entry.Key != "$")
            .ToImmutableSortedDictionary(entry => entry.Key, entry => Text(entry.Value) ?? "", StringComparer.Ordinal);

    static JsonObject WriteMap(ImmutableSortedDictionary<string, string> map) => map.Count == 0
        ? new JsonObject { ["@class"] = "java.util.Collections$EmptyMap" }
        : new JsonObject(map.Select(entry => KeyValuePair.Create(entry.Key, (JsonNode?)entry.Value)));
}
