using System.Diagnostics.Metrics;
using System.Globalization;
using Kampung.Gateway.Sharing;
using Kampung.ServiceDefaults;

namespace Kampung.Gateway.Limits;

/// <summary>
/// Lets a client through while its budget lasts, and says how far it lasts: <c>RateLimit-Limit</c>, <c>-Remaining</c>, <c>-Reset</c> and <c>-Policy</c>
/// (draft-ietf-httpapi-ratelimit-headers-06, the form that today's clients know). A refusal is 429 with <c>Retry-After</c>.
/// </summary>
sealed class ClientLimits
{
    readonly RouteTable table;
    readonly TimeProvider time;
    readonly SharedBuckets shared;
    readonly Counter<long> refused;
    volatile TokenBuckets buckets;

    public ClientLimits(RouteTable table, SharedBuckets shared, IMeterFactory metrics, TimeProvider time)
    {
        (this.table, this.shared, this.time) = (table, shared, time);
        buckets = new TokenBuckets(table.Settings.Limits.Clients, time);
        var meter = metrics.Create("Kampung.Gateway");
        refused = meter.CreateCounter<long>("kampung.gateway.limited", description: "Requests that were refused because a client's budget was used up");
        meter.CreateObservableGauge("kampung.gateway.clients", () => buckets.Count, description: "Clients whose budgets are remembered");
    }

    /// <summary>Everything from one address; comes before a token is looked at, so that random ones cannot buy processor time.</summary>
    public Task LimitAddress(HttpContext http, RequestDelegate next) =>
        IsLimited(http, out var budget) ? Limit(http, new(budget == BudgetKind.Probes ? budget : BudgetKind.Address, AddressOf(http), null), next) : next(http);

    /// <summary>The route's budget of the client, who is known by now or will not be.</summary>
    public Task LimitClient(HttpContext http, RequestDelegate next)
    {
        if (!IsLimited(http, out var budget) || budget == BudgetKind.Probes)
            return next(http);
        return Limit(http, KeyOf(http, budget), next);
    }

    /// <summary>The token's subject, or the address of whom nobody knows.</summary>
    public static ClientKey KeyOf(HttpContext http, BudgetKind budget)
    {
        var subject = SubjectOf(http);
        return new(budget, subject is null ? AddressOf(http) : 0, subject);
    }

    // What nobody serves is limited, too: it costs as much. What has no rules is what every process has: an address that used up its budget can still be told that this one is well.
    bool IsLimited(HttpContext http, out BudgetKind budget)
    {
        var endpoint = http.GetEndpoint();
        budget = endpoint?.Metadata.GetMetadata<RouteRules>()?.Budget ?? (endpoint is null ? BudgetKind.Browsing : BudgetKind.Probes);
        return table.Settings.Limits.Enabled;
    }

    Task Limit(HttpContext http, ClientKey client, RequestDelegate next)
    {
        var settings = table.Settings.Limits;
        if (settings.Clients != buckets.Clients) buckets = new TokenBuckets(settings.Clients, time);
        var budget = settings[client.Budget];
        // Whether this instance is well is its own affair.
        return shared.AreThere && client.Budget != BudgetKind.Probes ? LimitShared(http, client, budget, next) : GoOn(http, client, budget, buckets.Take(client, budget), next);
    }

    async Task LimitShared(HttpContext http, ClientKey client, Budget budget, RequestDelegate next) =>
        await GoOn(http, client, budget, await shared.TakeAsync(client, budget) ?? buckets.Take(client, budget), next);

    Task GoOn(HttpContext http, ClientKey client, Budget budget, Taken taken, RequestDelegate next)
    {
        http.Items[typeof(RateLimitFields)] = new RateLimitFields(budget, taken);
        if (taken.Allowed)
            return next(http);
        refused.Add(1, KeyValuePair.Create<string, object?>("budget", client.Budget.ToString()));
        return Problems.Of(StatusCodes.Status429TooManyRequests, $"The budget for {NameOf(client.Budget)} is used up.").ExecuteAsync(http);
    }

    static string NameOf(BudgetKind budget) => budget switch
    {
        BudgetKind.Address => "requests from this address",
        BudgetKind.Probes => "health, metrics and OpenAPI",
        BudgetKind.SignIn => "signing in",
        BudgetKind.Ordering => "ordering",
        _ => "browsing",
    };

    static string? SubjectOf(HttpContext http) =>
        http.User.Identity?.IsAuthenticated is true ? http.User.FindFirst("sub")?.Value ?? http.User.FindFirst("client_id")?.Value : null;

    static UInt128 AddressOf(HttpContext http) => ClientAddress.Of(http.Connection.RemoteIpAddress);
}

/// <summary>What the answer says about the client's budget.</summary>
sealed record RateLimitFields(Budget Budget, Taken Taken)
{
    /// <summary>Written when the answer starts, since whoever explains a failure clears the headers first.</summary>
    public static void Write(HttpContext http)
    {
        if (!http.Items.TryGetValue(typeof(RateLimitFields), out var item) || item is not RateLimitFields { Budget: var budget, Taken: var taken })
            return;
        var headers = http.Response.Headers;
        headers["RateLimit-Limit"] = Number(budget.Burst);
        headers["RateLimit-Remaining"] = Number(taken.Remaining);
        headers["RateLimit-Policy"] = budget.Policy;
        var seconds = Number((int)Math.Ceiling((taken.Allowed ? taken.Full : taken.Wait).TotalSeconds));
        headers["RateLimit-Reset"] = seconds;
        if (!taken.Allowed) headers.RetryAfter = seconds;
    }

    static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
