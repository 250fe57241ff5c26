using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kampung.ServiceDefaults.Auth;

/// <summary>
/// This process's own token, for calls to other services (client credentials, RFC 6749, 4.4). Asked for when it is needed first; asked for again in the background
/// after half its life, so that the issuer may be away for the other half and nobody notices.
/// </summary>
sealed class ServiceTokens(
    IssuerDirectory issuer, IHttpClientFactory clients, IOptions<AuthOptions> auth, IHostEnvironment process, TimeProvider time, ILogger<ServiceTokens> log)
{
    // A request that is sent just before the end arrives after it.
    static readonly TimeSpan Margin = TimeSpan.FromSeconds(5), Pause = TimeSpan.FromSeconds(5);

    sealed record Held(string Token, DateTimeOffset Since, DateTimeOffset RenewAt, DateTimeOffset Until);

    sealed record Answer([property: JsonPropertyName("access_token")] string AccessToken, [property: JsonPropertyName("expires_in")] int? ExpiresIn = null);

    readonly Lock turn = new();
    readonly AuthOptions options = auth.Value;
    volatile Held? held;
    Task<Held>? renewing;
    DateTimeOffset? asked;

    /// <exception cref="ServiceUnavailableException">There is none, and the issuer gives none now.</exception>
    public async ValueTask<string> GetAsync(CancellationToken ct)
    {
        var now = time.GetUtcNow();
        if (held is not { } token || now >= token.Until) return (await RenewAsync().WaitAsync(ct)).Token;
        if (now >= token.RenewAt) RenewInBackground(now);
        return token.Token;
    }

    /// <summary>Another one, after a service refused <paramref name="refused"/>: the keys may have changed, or the roles.</summary>
    /// <returns>Null when there is no other, or this one was got a moment ago.</returns>
    public async ValueTask<string?> OtherThanAsync(string refused, CancellationToken ct)
    {
        if (held is { } token && token.Token != refused) return token.Token;
        if (held is { } recent && time.GetUtcNow() - recent.Since < Pause) return null;
        return (await RenewAsync().WaitAsync(ct)).Token;
    }

    void RenewInBackground(DateTimeOffset now)
    {
        lock (turn)
        {
            if (now - asked < Pause) return;
            asked = now;
        }
        _ = RenewAsync().ContinueWith(
            failed => log.LogWarning("The token of this service is renewed later: {Reason}", failed.Exception!.InnerException!.Message),
            CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    Task<Held> RenewAsync()
    {
        lock (turn) return renewing is { IsCompleted: false } ? renewing : renewing = AskAsync();
    }

    async Task<Held> AskAsync()
    {
        await Task.Yield();
        var endpoint = await issuer.TokenEndpointAsync(CancellationToken.None);
        try
        {
            using var http = clients.CreateClient(IssuerDirectory.Client);
            var now = time.GetUtcNow();
            using var request = new HttpRequestMessage(HttpMethod.Post, endpoint) { Content = new FormUrlEncodedContent([new("grant_type", "client_credentials")]) }.Idempotent();
            request.Headers.Authorization = await CredentialsAsync();
            using var answer = await http.SendAsync(request);
            if (!answer.IsSuccessStatusCode) throw new HttpRequestException($"it answered {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
            var token = (await answer.Content.ReadFromJsonAsync<Answer>())!;
            var life = TimeSpan.FromSeconds(Math.Max(1, token.ExpiresIn ?? 60));
            return held = new(token.AccessToken, now, now + (life / 2), now + (life > 2 * Margin ? life - Margin : life / 2));
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or JsonException or IOException or Polly.ExecutionRejectedException)
        {
            throw new ServiceUnavailableException(options.IssuerName, e);
        }
    }

    // RFC 6749, 2.3.1: both are encoded as in a form before they are joined.
    async Task<AuthenticationHeaderValue> CredentialsAsync()
    {
        var id = options.ClientId ?? process.ApplicationName;
        var secret = NullIfEmpty(options.ClientSecret) ?? await SecretInFileAsync(id) ?? throw new IOException($"no secret of {id} is known (Auth:ClientSecret or Auth:ClientSecretFile)");
        return new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Encoded(id)}:{Encoded(secret)}")));
    }

    async Task<string?> SecretInFileAsync(string id)
    {
        if (options.ClientSecretFile is not { } file) return null;
        await using var stream = File.OpenRead(file);
        return (await JsonSerializer.DeserializeAsync<Dictionary<string, string>>(stream))!.GetValueOrDefault(id);
    }

    static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    static string Encoded(string text) => Uri.EscapeDataString(text).Replace("%20", "+", StringComparison.Ordinal);
}
