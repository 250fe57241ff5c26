using System.Globalization;

namespace Kampung.Gateway.Limits;

/// <summary>What a client has a budget for. Each is counted by itself, so that who browses too much can still order.</summary>
enum BudgetKind
{
    /// <summary>Everything that comes from one address, before anybody asks who it is.</summary>
    Address,
    SignIn,
    Ordering,
    Browsing,

    /// <summary>Health, metrics and OpenAPI of the gateway itself, by address. Nothing else is taken from it, nor they from anything else.</summary>
    Probes,
}

/// <summary>The section <c>Gateway:Limits</c>. Apart from <see cref="Address"/>, a budget is a client's: the token's subject, or the address of whom nobody knows.</summary>
sealed record LimitSettings
{
    public bool Enabled { get; init; } = true;

    /// <summary>How many clients are remembered, over all budgets; past that the fullest buckets are forgotten, which are worth the least.</summary>
    public int Clients { get; init; } = 50_000;

    public Budget Address { get; init; } = new() { Rate = 2000, Burst = 4000 };
    public Budget SignIn { get; init; } = new() { Rate = 100, Burst = 1000 };
    public Budget Ordering { get; init; } = new() { Rate = 200, Burst = 1000 };
    public Budget Browsing { get; init; } = new() { Rate = 1000, Burst = 3000 };
    public Budget Probes { get; init; } = new() { Rate = 100, Burst = 500 };

    /// <summary>Live streams that one client may have open at once at one instance.</summary>
    public int Streams { get; init; } = 50;

    public Budget this[BudgetKind kind] => kind switch
    {
        BudgetKind.Address => Address,
        BudgetKind.SignIn => SignIn,
        BudgetKind.Ordering => Ordering,
        BudgetKind.Probes => Probes,
        _ => Browsing,
    };

    public IEnumerable<string> Mistakes()
    {
        if (Clients is < 1 or > 10_000_000)
            yield return "Gateway:Limits:Clients must be 1 to 10,000,000";
        if (Streams < 1)
            yield return "Gateway:Limits:Streams must be at least 1";
        foreach (var kind in Enum.GetValues<BudgetKind>())
            if (!this[kind].IsUsable)
                yield return $"Gateway:Limits:{kind} must have a Rate from 0.001 and a Burst from 1, both up to 1,000,000";
    }
}

/// <summary>A token bucket: <see cref="Burst"/> requests at once, and <see cref="Rate"/> more each second.</summary>
sealed record Budget
{
    public required double Rate { get; init; }
    public required int Burst { get; init; }

    /// <summary>The header RateLimit-Policy: so many requests in the seconds in which an empty bucket fills.</summary>
    public string Policy => field ??= string.Create(CultureInfo.InvariantCulture, $"{Burst};w={Math.Max(1, (int)Math.Ceiling(Burst / Rate))}");

    public bool IsUsable => Rate is >= 0.001 and <= 1_000_000 && Burst is >= 1 and <= 1_000_000;
}
