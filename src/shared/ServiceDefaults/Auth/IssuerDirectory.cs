using System.Collections.Frozen;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace Kampung.ServiceDefaults.Auth;

/// <summary>What the issuer publishes (OpenID Connect Discovery 1.0).</summary>
/// <param name="Issuer">As it must stand in tokens, letter by letter.</param>
sealed record Published(string Issuer, Uri? TokenEndpoint, IReadOnlyList<SecurityKey> Keys, DateTimeOffset At)
{
    readonly FrozenSet<string> ids = Keys.Select(key => key.KeyId).Where(id => id is not null).ToFrozenSet();

    /// <summary>A token without a key's id may be of any of them.</summary>
    public bool Knows(string? keyId) => string.IsNullOrEmpty(keyId) ? Keys.Count > 0 : ids.Contains(keyId);

    public IEnumerable<SecurityKey> Find(string? keyId) => string.IsNullOrEmpty(keyId) ? Keys : Keys.Where(key => key.KeyId == keyId);

    public bool HasOtherKeysThan(Published? before) => before is null || !ids.SetEquals(before.ids) || Keys.Count != before.Keys.Count;
}

/// <summary>
/// The issuer's keys and addresses: looked up when they are needed first, kept while it is away, and looked up again when a token names a key that is not
/// known, or when they are old. Requests that need them at the same moment share one look-up, and there is none for a while after it.
/// </summary>
sealed class IssuerDirectory(IHttpClientFactory clients, IOptions<AuthOptions> auth, TimeProvider time, ILogger<IssuerDirectory> log)
{
    /// <summary>The HTTP client that reaches the issuer.</summary>
    public const string Client = "issuer";

    const string DocumentPath = "/.well-known/openid-configuration";

    readonly Lock turn = new();
    readonly AuthOptions options = auth.Value;
    volatile Published? published;
    volatile bool isAway;
    DateTimeOffset? asked;
    Task lookingUp = Task.CompletedTask;

    /// <summary>Other keys than before count.</summary>
    public event Action? KeysChanged;

    /// <summary>With the key of this id, if the issuer has it.</summary>
    /// <exception cref="ServiceUnavailableException">It cannot be known.</exception>
    public async ValueTask<Published> WithKeyAsync(string? keyId, CancellationToken ct)
    {
        if (published is { } known && known.Knows(keyId))
        {
            if (time.GetUtcNow() - known.At > options.KeyRefresh) _ = LookUpAsync();
            return known;
        }
        await LookUpAsync().WaitAsync(ct);
        return published is { } now && (now.Knows(keyId) || !isAway) ? now : throw new ServiceUnavailableException(options.IssuerName);
    }

    /// <exception cref="ServiceUnavailableException">It was never reached, and cannot be now.</exception>
    public async ValueTask<Uri> TokenEndpointAsync(CancellationToken ct)
    {
        if (published is null) await LookUpAsync().WaitAsync(ct);
        var known = published ?? throw new ServiceUnavailableException(options.IssuerName);
        return known.TokenEndpoint ?? throw new ServiceUnavailableException(options.IssuerName, new InvalidOperationException("it has no token endpoint"));
    }

    Task LookUpAsync()
    {
        lock (turn)
        {
            var now = time.GetUtcNow();
            if (!lookingUp.IsCompleted || now - asked < options.KeyPause) return lookingUp;
            asked = now;
            return lookingUp = FetchAsync();
        }
    }

    /// <summary>Never fails: what was known stays.</summary>
    async Task FetchAsync()
    {
        await Task.Yield();
        try
        {
            using var http = clients.CreateClient(Client);
            using var document = await ReadAsync(http, new Uri(Authority + DocumentPath));
            var issuer = document.RootElement.GetProperty("issuer").GetString()!;
            if (issuer.TrimEnd('/') != Authority) throw new InvalidDataException($"it calls itself {issuer}, and Auth:Authority is {options.Authority}");
            using var keySet = await ReadAsync(http, AddressIn(document, "jwks_uri") ?? throw new InvalidDataException("it has no jwks_uri"));
            Take(new(issuer, AddressIn(document, "token_endpoint"), KeysOf(keySet), time.GetUtcNow()));
            isAway = false;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or JsonException or InvalidDataException or KeyNotFoundException or InvalidOperationException
            or ServiceUnavailableException or ArgumentException or UriFormatException or Polly.ExecutionRejectedException)
        {
            isAway = true;
            log.LogWarning("{Issuer} does not tell its keys{Consequence}: {Reason}", Authority, published is null ? "" : ", those known before stay good", e.Message);
        }
    }

    void Take(Published now)
    {
        var before = published;
        published = now;
        if (!now.HasOtherKeysThan(before)) return;
        log.LogInformation("{Issuer} signs with {Keys}", now.Issuer, string.Join(", ", now.Keys.Select(key => key.KeyId)));
        KeysChanged?.Invoke();
    }

    string Authority => (options.Authority ?? throw new InvalidOperationException("Auth:Authority is not set.")).TrimEnd('/');

    async Task<JsonDocument> ReadAsync(HttpClient http, Uri address)
    {
        using var answer = await http.GetAsync(Inside(address));
        answer.EnsureSuccessStatusCode();
        return await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync());
    }

    Uri? AddressIn(JsonDocument document, string name) =>
        document.RootElement.TryGetProperty(name, out var address) && address.GetString() is { } text ? Inside(new Uri(text)) : null;

    // What is published under the authority's address is found under the inside one.
    Uri Inside(Uri address) => options.Inside is { } inside && address.AbsoluteUri.StartsWith(Authority + "/", StringComparison.Ordinal)
        ? new Uri(inside.TrimEnd('/') + address.AbsoluteUri[Authority.Length..])
        : address;

    static List<SecurityKey> KeysOf(JsonDocument keySet) =>
        [.. new JsonWebKeySet(keySet.RootElement.GetRawText()).Keys.Where(key => key.Kty is "RSA" or "EC" && key.Use is null or "" or "sig" && !key.HasPrivateKey)];
}
