using System.Net.Http.Headers;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Kampung.ServiceDefaults.Auth;

/// <summary>Finds out who asks by the header <c>Authorization: Bearer</c> (RFC 6750), and tells those who may not.</summary>
sealed class BearerTokens(TokenValidator tokens, IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logs, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logs, encoder)
{
    public new const string Scheme = "Bearer";

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Request.Headers.Authorization is not { Count: > 0 } sent) return AuthenticateResult.NoResult();
        if (sent is not [{ } header] || !AuthenticationHeaderValue.TryParse(header, out var value) || !value.Scheme.Equals(Scheme, StringComparison.OrdinalIgnoreCase))
            return AuthenticateResult.Fail("There must be one header Authorization, with a bearer token.");
        try
        {
            var (token, refusal) = await tokens.ValidateAsync(value.Parameter ?? "", Context.RequestAborted);
            if (token is null) return AuthenticateResult.Fail(refusal!);
            Context.Features.Set(token);
            return AuthenticateResult.Success(new(token.Principal, Scheme));
        }
        catch (ServiceUnavailableException e)
        {
            // Who needs no token is served all the same.
            return AuthenticateResult.Fail(e);
        }
    }

    protected override async Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        switch ((await HandleAuthenticateOnceSafeAsync()).Failure)
        {
            case ServiceUnavailableException e:
                Logger.LogWarning("{Method} {Path} is answered 503: {Reason}", Request.Method, Request.Path.Value, e.Message);
                await Problems.Unavailable(e.Service, e.RetryAfter).ExecuteAsync(Context);
                break;
            case { Message: var reason }:
                Response.Headers.Append(HeaderNames.WWWAuthenticate, $"Bearer error=\"invalid_token\", error_description=\"{reason}\"");
                await Problems.Unauthorized(reason).ExecuteAsync(Context);
                break;
            default:
                Response.Headers.Append(HeaderNames.WWWAuthenticate, Scheme);
                await Problems.Unauthorized("A bearer token is needed here.").ExecuteAsync(Context);
                break;
        }
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties)
    {
        Response.Headers.Append(HeaderNames.WWWAuthenticate, "Bearer error=\"insufficient_scope\"");
        return Problems.Of(StatusCodes.Status403Forbidden).ExecuteAsync(Context);
    }
}
