namespace Kampung.ServiceDefaults;

/// <summary>What somebody may be, as it stands in tokens.</summary>
public static class Role
{
    public const string Customer = "customer";

    /// <summary>Has a stall: its products and its tickets.</summary>
    public const string Merchant = "merchant";

    /// <summary>Cooks for a stall.</summary>
    public const string Kitchen = "kitchen";

    public const string Rider = "rider";

    /// <summary>Sees and mends everything.</summary>
    public const string Operator = "operator";

    /// <summary>Not a person: another process of the village. What only these may ask is <i>inside</i>.</summary>
    public const string Service = "service";

    /// <summary>Everybody who is a person.</summary>
    public static IReadOnlyList<string> People { get; } = [Customer, Merchant, Kitchen, Rider, Operator];

    internal static bool IsKnown(string role) => role == Service || People.Contains(role);
}
