using Kampung.ServiceDefaults;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Kampung.Gateway;

/// <summary>
/// Looks at the token of whoever asks, once <c>Auth:Authority</c> says whose tokens count. A route that is not <see cref="RouteRules.Public"/> needs a good one; on
/// a public route a bad one is as good as none. The services check it again. A stream ends soon after the token that it was asked for with. What the gateway tells of
/// itself, but for its health, is for operators and services, and for whoever asks on <c>Gateway:InsidePort</c>.
/// </summary>
sealed class Passes(TokenValidator tokens, IOptions<AuthOptions> options, RouteTable table, TimeProvider time)
{
    const string Bearer = "Bearer ";

    /// <summary>Longer ones are refused before anything is done for them.</summary>
    const int LongestToken = 8 * 1024;

    static readonly PathString[] AboutItself = ["/metrics", "/openapi"];

    // The service ends its streams by itself; the door is for those that do not.
    static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    readonly bool enabled = options.Value.Authority is not null;

    /// <exception cref="InvalidOperationException">In production somebody's tokens must count; elsewhere the services alone may check them.</exception>
    public void RequireIssuer(IHostEnvironment environment)
    {
        if (enabled || environment.IsProduction()) options.Value.RequireIssuer(environment);
    }

    public Task Check(HttpContext http, RequestDelegate next)
    {
        if (!enabled) return next(http);
        var rules = http.GetEndpoint()?.Metadata.GetMetadata<RouteRules>();
        if (rules is null && !IsAboutItself(http)) return next(http);
        // A token that is known needs no waiting, hence no state to be kept for it.
        var admitted = rules is null ? AdmitInsider(http) : Admit(http, rules.Public);
        return !admitted.IsCompletedSuccessfully ? GoOn(http, rules, admitted, next)
            : !admitted.Result ? Task.CompletedTask
            : rules is { Stream: true } ? GoOnUntilTheTokenEnds(http, next) : next(http);
    }

    async Task GoOn(HttpContext http, RouteRules? rules, ValueTask<bool> admitted, RequestDelegate next)
    {
        if (await admitted) await (rules is { Stream: true } ? GoOnUntilTheTokenEnds(http, next) : next(http));
    }

    async Task GoOnUntilTheTokenEnds(HttpContext http, RequestDelegate next)
    {
        if (http.Features.Get<ValidatedToken>() is not { } token)
        {
            await next(http);
            return;
        }
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        var left = token.Expires - time.GetUtcNow() + Grace;
        if (left < TimeSpan.FromDays(1)) ends.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        http.RequestAborted = ends.Token;
        await next(http);
    }

    bool IsAboutItself(HttpContext http) =>
        Array.Exists(AboutItself, path => http.Request.Path.StartsWithSegments(path)) && http.Connection.LocalPort != table.Settings.InsidePort;

    async ValueTask<bool> AdmitInsider(HttpContext http)
    {
        if (!await Admit(http, isPublic: false)) return false;
        if (http.User.IsInRole(Role.Operator) || http.User.IsInRole(Role.Service)) return true;
        await Problems.Of(StatusCodes.Status403Forbidden, "Only operators and services may see this.").ExecuteAsync(http);
        return false;
    }

    /// <summary>Whether it goes on; otherwise the answer is given.</summary>
    async ValueTask<bool> Admit(HttpContext http, bool isPublic)
    {
        var sent = http.Request.Headers.Authorization;
        if (sent is not [{ } header] || !header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
            return isPublic || await Refuse(http, sent.Count == 0 ? null : "There must be one header Authorization, with a bearer token.");
        if (header.Length > LongestToken)
            return isPublic || await Refuse(http, "The token is too long.");
        try
        {
            var (token, refusal) = await tokens.ValidateAsync(header[Bearer.Length..].Trim(), http.RequestAborted);
            if (token is null) return isPublic || await Refuse(http, refusal);
            http.User = token.Principal;
            http.Features.Set(token);
            return true;
        }
        catch (ServiceUnavailableException) when (isPublic)
        {
            return true;
        }
    }

    static async Task<bool> Refuse(HttpContext http, string? reason)
    {
        http.Response.Headers[HeaderNames.WWWAuthenticate] = reason is null ? "Bearer" : $"Bearer error=\"invalid_token\", error_description=\"{reason}\"";
        await Problems.Unauthorized(reason ?? "A bearer token is needed here.").ExecuteAsync(http);
        return false;
    }
}
