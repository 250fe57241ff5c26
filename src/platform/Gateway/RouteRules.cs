using Kampung.Gateway.Limits;
using Yarp.ReverseProxy.Configuration;

namespace Kampung.Gateway;

/// <summary>What holds for the requests of one route, beside where they go: its <c>Metadata</c> in the configuration. It is the metadata of the route's endpoint, too.</summary>
/// <param name="Budget">The budget that a request is taken from.</param>
sealed record RouteRules(BudgetKind Budget)
{
    static readonly string[] Keys = [nameof(Budget)];

    /// <exception cref="FormatException">It says something that is not understood.</exception>
    public static RouteRules Of(RouteConfig route)
    {
        var metadata = route.Metadata ?? new Dictionary<string, string>();
        if (metadata.Keys.Except(Keys).ToList() is { Count: > 0 } unknown)
            throw new FormatException($"its metadata may be {string.Join(", ", Keys)}, not {string.Join(", ", unknown)}");
        return new(ReadBudget(metadata.GetValueOrDefault(nameof(Budget)), route.Match.Path ?? ""));
    }

    static BudgetKind ReadBudget(string? name, string path) => name switch
    {
        null => OutsideWorld.IsUnder(OutsideWorld.Identity, path) ? BudgetKind.SignIn : BudgetKind.Browsing,
        _ when Enum.TryParse<BudgetKind>(name, out var kind) && kind != BudgetKind.Address => kind,
        _ => throw new FormatException($"its budget must be {BudgetKind.SignIn}, {BudgetKind.Ordering} or {BudgetKind.Browsing}"),
    };
}
