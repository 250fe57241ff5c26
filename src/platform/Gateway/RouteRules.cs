using System.Globalization;
using Kampung.Gateway.Limits;
using Yarp.ReverseProxy.Configuration;

namespace Kampung.Gateway;

/// <summary>What holds for the requests of one route, beside where they go: its <c>Metadata</c> in the configuration. It is the metadata of the route's endpoint, too.</summary>
/// <param name="Budget">The budget that a request is taken from.</param>
/// <param name="Public">Whether no token is needed, and everybody is told the same, whoever asks.</param>
/// <param name="Cache">How long an answer to GET may be given again; null: never.</param>
/// <param name="EmptiesCache">Whether what is cached may be wrong after a request.</param>
/// <param name="Stream">Whether the answer goes on for long: it ends with the token.</param>
/// <param name="Checkout">Whether the order's payment is added to the answer.</param>
sealed record RouteRules(BudgetKind Budget, bool Public = false, TimeSpan? Cache = null, bool EmptiesCache = false, bool Stream = false, bool Checkout = false)
{
    static readonly string[] Keys = [nameof(Budget), nameof(Public), nameof(Cache), nameof(EmptiesCache), nameof(Stream), nameof(Checkout)];
    public static readonly TimeSpan LongestCache = TimeSpan.FromHours(1);

    /// <exception cref="FormatException">It says something that is not understood.</exception>
    public static RouteRules Of(RouteConfig route)
    {
        var metadata = route.Metadata ?? new Dictionary<string, string>();
        if (metadata.Keys.Except(Keys).ToList() is { Count: > 0 } unknown)
            throw new FormatException($"its metadata may be {string.Join(", ", Keys)}, not {string.Join(", ", unknown)}");
        var cache = ReadTime(metadata.GetValueOrDefault(nameof(Cache)));
        if (cache is not null && route.Match.Methods is not ["GET"])
            throw new FormatException("only answers to GET can be cached");
        return new(
            ReadBudget(metadata.GetValueOrDefault(nameof(Budget)), route.Match.Path ?? ""),
            ReadFlag(metadata, nameof(Public)), cache, ReadFlag(metadata, nameof(EmptiesCache)), ReadFlag(metadata, nameof(Stream)), ReadFlag(metadata, nameof(Checkout)));
    }

    static bool ReadFlag(IReadOnlyDictionary<string, string> metadata, string name) =>
        metadata.TryGetValue(name, out var text) && (bool.TryParse(text, out var flag) ? flag : throw new FormatException($"its {name} must be true or false"));

    static TimeSpan? ReadTime(string? text) =>
        text is null ? null
        : TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var time) && time >= TimeSpan.Zero && time <= LongestCache ? time
        : throw new FormatException($"its {nameof(Cache)} must be a time such as 00:00:30, an hour at most");

    static BudgetKind ReadBudget(string? name, string path) => name switch
    {
        null => OutsideWorld.IsUnder(OutsideWorld.Identity, path) ? BudgetKind.SignIn : BudgetKind.Browsing,
        _ when Enum.TryParse<BudgetKind>(name, out var kind) && kind is not (BudgetKind.Address or BudgetKind.Probes) => kind,
        _ => throw new FormatException($"its budget must be {BudgetKind.SignIn}, {BudgetKind.Ordering} or {BudgetKind.Browsing}"),
    };
}
