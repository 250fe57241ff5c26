using System.Security.Claims;
using System.Text.Json;
using Kampung.ServiceDefaults.Auth;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Kampung.ServiceDefaults;

/// <summary>Who carries a token that is good.</summary>
/// <param name="Principal">With the claims <c>iss</c>, <c>sub</c>, <c>name</c>, <c>email</c>, <c>client_id</c>, <c>stall</c> as far as the token has them, and a <c>role</c> for each of <see cref="Role"/>.</param>
public sealed record ValidatedToken(ClaimsPrincipal Principal, DateTimeOffset NotBefore, DateTimeOffset Expires);

/// <param name="Token">Null when it is not good.</param>
/// <param name="Refusal">Why, then; in words for the one who sent it.</param>
public readonly record struct TokenCheck(ValidatedToken? Token, string? Refusal = null);

/// <summary>
/// Checks access tokens (RFC 9068, RFC 8725) by <see cref="AuthOptions"/>: issuer, audience, times, an allowed algorithm and type, and the signature by a key that the issuer publishes.
/// What was good is remembered for a while, by the whole token, until the keys change.
/// </summary>
public sealed class TokenValidator
{
    /// <summary>Longer ones are refused before anything is done for them.</summary>
    const int LongestToken = 16 * 1024;

    static readonly string[] ClaimsOfIdTokens = ["nonce", "at_hash", "c_hash", "s_hash"];

    readonly JsonWebTokenHandler handler = new() { MaximumTokenSizeInBytes = LongestToken, MapInboundClaims = false };
    readonly AuthOptions options;
    readonly TimeProvider time;
    readonly IssuerDirectory issuer;
    readonly ValidatedTokens good;

    internal TokenValidator(IssuerDirectory issuer, IOptions<AuthOptions> options, TimeProvider time)
    {
        (this.options, this.time, this.issuer) = (options.Value, time, issuer);
        good = new(options.Value, time);
        issuer.KeysChanged += () =>
        {
            good.Clear();
            KeysChanged?.Invoke();
        };
    }

    /// <summary>Other keys than before count from now on: what was found good with the old ones may not be any more.</summary>
    public event Action? KeysChanged;

    /// <exception cref="ServiceUnavailableException">The token cannot be checked, since the issuer's keys are not known and it does not answer.</exception>
    public async ValueTask<TokenCheck> ValidateAsync(string token, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(token);
        if (good.Find(token) is { } known) return Timely(known);
        if (token.Length > LongestToken || !handler.CanReadToken(token)) return Malformed;
        JsonWebToken jwt;
        try
        {
            jwt = handler.ReadJsonWebToken(token);
        }
        catch (Exception e) when (e is ArgumentException or SecurityTokenException or JsonException)
        {
            return Malformed;
        }
        if (!options.AllowedAlgorithms.Contains(jwt.Alg)) return new(null, "The token's algorithm is not allowed.");
        if (!options.AllowedTypes.Contains(jwt.Typ, StringComparer.OrdinalIgnoreCase)) return NoAccessToken;

        var published = await issuer.WithKeyAsync(jwt.Kid, ct);
        var result = await handler.ValidateTokenAsync(jwt, new TokenValidationParameters
        {
            ValidIssuer = published.Issuer,
            ValidAudience = options.Audience,
            ValidAlgorithms = options.AllowedAlgorithms,
            IssuerSigningKeyResolver = (_, _, keyId, _) => published.Find(keyId),
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            // Ours, by the clock that the rest of the process goes by.
            LifetimeValidator = (_, expires, _, _) => expires is not null,
            LogValidationExceptions = false,
        });
        if (!result.IsValid) return new(null, ReasonOf(result.Exception));
        if (!AuthOptions.AccessTokenTypes.Contains(jwt.Typ, StringComparer.OrdinalIgnoreCase) && IsForAnotherUse(jwt)) return NoAccessToken;

        var validated = new ValidatedToken(TokenClaims.Of(jwt, options), jwt.ValidFrom, jwt.ValidTo);
        var check = Timely(validated);
        if (check.Token is not null) good.Add(token, validated);
        return check;
    }

    static readonly TokenCheck Malformed = new(null, "The token is not a signed JWT.");

    static readonly TokenCheck NoAccessToken = new(null, "The token is no access token.");

    // An ID token tells the client who signed in, and may have our audience; whoever gets hold of it must not get in with it (RFC 8725, 2.8).
    // Keycloak says what a token is for in a claim, and put a nonce also into access tokens before its version 24.
    static bool IsForAnotherUse(JsonWebToken jwt) => jwt.TryGetPayloadValue<string>("typ", out var use)
        ? !"Bearer".Equals(use, StringComparison.OrdinalIgnoreCase)
        : ClaimsOfIdTokens.Any(claim => jwt.TryGetPayloadValue<object>(claim, out _));

    TokenCheck Timely(ValidatedToken token)
    {
        var now = time.GetUtcNow();
        if (now - options.ClockSkew >= token.Expires) return new(null, "The token has expired.");
        return now + options.ClockSkew < token.NotBefore ? new(null, "The token is not valid yet.") : new(token);
    }

    static string ReasonOf(Exception? exception) => exception switch
    {
        SecurityTokenInvalidAudienceException => "The token is for somebody else.",
        SecurityTokenInvalidIssuerException => "The token is of another issuer.",
        SecurityTokenNoExpirationException or SecurityTokenInvalidLifetimeException => "The token has no expiry.",
        SecurityTokenSignatureKeyNotFoundException => "The token is signed with a key that the issuer does not have.",
        _ => "The token's signature is not right.",
    };
}
