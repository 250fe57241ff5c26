using Microsoft.AspNetCore.Cors.Infrastructure;

namespace Kampung.Gateway;

/// <summary>Cross-origin requests (the Fetch standard's CORS protocol): which web pages may read answers. None, unless they are listed. Cookies do not count.</summary>
sealed class AllowedOrigins : ICorsPolicyProvider
{
    static readonly string[] Methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
    static readonly string[] RequestHeaders = ["Accept", "Authorization", "Content-Type", "Idempotency-Key", "If-None-Match", "Last-Event-ID", "Prefer", "traceparent", "tracestate"];
    static readonly string[] AnswerHeaders =
        ["Cache-Status", "ETag", "Location", "Preference-Applied", "RateLimit-Limit", "RateLimit-Policy", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After", "WWW-Authenticate"];

    (CorsSettings Of, CorsPolicy Policy)? last;

    public Task<CorsPolicy?> GetPolicyAsync(HttpContext context, string? policyName)
    {
        // Not in the constructor: YARP's check of the route table wants this provider, too.
        var settings = context.RequestServices.GetRequiredService<RouteTable>().Settings.Cors;
        if (last is not { } known || !ReferenceEquals(known.Of, settings))
            last = known = (settings, Policy(settings));
        return Task.FromResult<CorsPolicy?>(known.Policy);
    }

    static CorsPolicy Policy(CorsSettings settings) => new CorsPolicyBuilder([.. settings.List])
        .WithMethods(Methods).WithHeaders(RequestHeaders).WithExposedHeaders(AnswerHeaders).SetPreflightMaxAge(TimeSpan.FromMinutes(10)).Build();
}

/// <summary>The section <c>Gateway:Cors</c>.</summary>
sealed record CorsSettings
{
    /// <summary>Origins with blanks between them, such as <c>https://shop.example https://admin.example:8443</c>.</summary>
    public string Origins { get; init; } = "";

    public IEnumerable<string> List => Origins.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    public IEnumerable<string> Mistakes() => List.Where(origin => !IsOrigin(origin))
        .Select(origin => $"Gateway:Cors:Origins: {origin} is no origin such as https://shop.example");

    static bool IsOrigin(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "https" or "http" && uri.GetLeftPart(UriPartial.Authority) == text;
}
