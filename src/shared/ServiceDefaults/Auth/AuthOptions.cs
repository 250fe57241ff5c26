using Microsoft.Extensions.Hosting;
using Microsoft.IdentityModel.Tokens;

namespace Kampung.ServiceDefaults;

/// <summary>The section <c>Auth</c>: whose tokens count, and who this process is to others. Read at start.</summary>
public sealed class AuthOptions
{
    public const string Section = "Auth";

    static readonly string[] AsymmetricAlgorithms = [SecurityAlgorithms.RsaSha256, SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.RsaSsaPssSha256];

    /// <summary>With these an issuer says by itself that it is an access token (RFC 9068, 2.1).</summary>
    internal static readonly string[] AccessTokenTypes = ["at+jwt", "application/at+jwt"];

    /// <summary>The issuer's address, as it stands in tokens (<c>iss</c>): <c>https://shop.example/identity</c>, <c>https://keycloak.example/realms/kampung</c>.</summary>
    public string? Authority { get; set => field = string.IsNullOrEmpty(value) ? null : value; }

    /// <summary>Where the same issuer is found without going out of doors and in again, such as <c>http://identity-service/identity</c>; its host is a name for discovery.</summary>
    public string? Inside { get; set => field = string.IsNullOrEmpty(value) ? null : value; }

    /// <summary>The <c>aud</c> that a token must have.</summary>
    public string Audience { get; set; } = "kampung";

    /// <summary>The only algorithms whose signatures count (RFC 8725, 3.1); RS256, ES256 and PS256 unless others are given. Symmetric keys never count.</summary>
    public string[]? Algorithms { get; set; }

    /// <summary>
    /// The only <c>typ</c> that a token's header may have: at+jwt (RFC 9068) unless others are given. Where an issuer calls all its tokens <c>JWT</c>, as Keycloak does by itself,
    /// what its claims show to be no access token is refused still.
    /// </summary>
    public string[]? TokenTypes { get; set; }

    /// <summary>The claim that tells roles: its name, or a path such as <c>realm_access.roles</c>.</summary>
    public string RoleClaim { get; set; } = "role";

    /// <summary>The issuer's roles, and which of <see cref="Role"/> they are here. When there are any, no other role counts; when there are none, the issuer has our names.</summary>
    public Dictionary<string, string> Roles { get; set; } = [];

    /// <summary>This process at the issuer; its own name, unless it is called otherwise there.</summary>
    public string? ClientId { get; set; }

    public string? ClientSecret { get; set; }

    /// <summary>A JSON file of secrets by client id, as identity-service writes it; read each time a token is asked for.</summary>
    public string? ClientSecretFile { get; set; }

    /// <summary>How much the issuer's clock may differ.</summary>
    public TimeSpan ClockSkew { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How old the issuer's keys get before they are looked up again.</summary>
    public TimeSpan KeyRefresh { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>Keys are not looked up more often than this, whatever keys tokens name.</summary>
    public TimeSpan KeyPause { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a token that was found good is not checked again; its times are, always.</summary>
    public TimeSpan Remembered { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>How many of those are kept.</summary>
    public int RememberedTokens { get; set; } = 2000;

    /// <exception cref="InvalidOperationException">It is not said whose tokens count, or its keys would come by a way on which anybody could change them.</exception>
    public void RequireIssuer(IHostEnvironment environment)
    {
        if (Authority is null) throw new InvalidOperationException("Auth:Authority is not set: whose tokens are to be believed? Set it to the issuer's address, such as https://shop.example/identity.");
        if (!Uri.TryCreate(Authority, UriKind.Absolute, out var address)) throw new InvalidOperationException($"Auth:Authority must be an address such as https://shop.example/identity, not {Authority}.");
        if (environment.IsProduction() && Inside is null && address.Scheme != Uri.UriSchemeHttps)
            throw new InvalidOperationException($"Auth:Authority must be an https address in production, not {Authority}: whoever is in between could sign tokens.");
    }

    internal IReadOnlyList<string> AllowedAlgorithms => Algorithms is { Length: > 0 } ? Algorithms : AsymmetricAlgorithms;

    internal IReadOnlyList<string> AllowedTypes => TokenTypes is { Length: > 0 } ? TokenTypes : AccessTokenTypes;

    /// <summary>What to call the issuer when it does not answer.</summary>
    internal string IssuerName => new Uri(Inside ?? Authority ?? "http://issuer").Host;
}
