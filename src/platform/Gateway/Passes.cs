using Kampung.ServiceDefaults;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Kampung.Gateway;

/// <summary>
/// Looks at the token of whoever asks, once <c>Auth:Authority</c> says whose tokens count. A route that is not <see cref="RouteRules.Public"/> needs a good one; on
/// a public route a bad one is as good as none. The services check it again. A stream ends soon after the token that it was asked for with.
/// </summary>
sealed class Passes(TokenValidator tokens, IOptions<AuthOptions> options, TimeProvider time)
{
    const string Bearer = "Bearer ";

    /// <summary>Longer ones are refused before anything is done for them.</summary>
    const int LongestToken = 8 * 1024;

    // The service ends its streams by itself; the door is for those that do not.
    static readonly TimeSpan Grace = TimeSpan.FromSeconds(2);

    readonly bool enabled = options.Value.Authority is not null;

    /// <exception cref="InvalidOperationException">In production somebody's tokens must count; elsewhere the services alone may check them.</exception>
    public void RequireIssuer(IHostEnvironment environment)
    {
        if (!enabled && environment.IsProduction())
            throw new InvalidOperationException("Auth:Authority is not set: whose tokens are to be believed? Set it to the issuer's address, such as https://shop.example/identity.");
    }

    public Task Check(HttpContext http, RequestDelegate next)
    {
        if (!enabled || http.GetEndpoint()?.Metadata.GetMetadata<RouteRules>() is not { } rules)
            return next(http);
        // A token that is known needs no waiting, hence no state to be kept for it.
        var admitted = Admit(http, rules);
        return !admitted.IsCompletedSuccessfully ? GoOn(http, rules, admitted, next)
            : !admitted.Result ? Task.CompletedTask
            : rules.Stream ? GoOnUntilTheTokenEnds(http, next) : next(http);
    }

    async Task GoOn(HttpContext http, RouteRules rules, ValueTask<bool> admitted, RequestDelegate next)
    {
        if (await admitted) await (rules.Stream ? GoOnUntilTheTokenEnds(http, next) : next(http));
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

    /// <summary>Whether it goes on; otherwise the answer is given.</summary>
    async ValueTask<bool> Admit(HttpContext http, RouteRules rules)
    {
        var sent = http.Request.Headers.Authorization;
        if (sent is not [{ } header] || !header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
            return rules.Public || await Refuse(http, sent.Count == 0 ? null : "There must be one header Authorization, with a bearer token.");
        if (header.Length > LongestToken)
            return rules.Public || await Refuse(http, "The token is too long.");
        try
        {
            var (token, refusal) = await tokens.ValidateAsync(header[Bearer.Length..].Trim(), http.RequestAborted);
            if (token is null) return rules.Public || await Refuse(http, refusal);
            http.User = token.Principal;
            http.Features.Set(token);
            return true;
        }
        catch (ServiceUnavailableException) when (rules.Public)
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
