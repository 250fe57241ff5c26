using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Kampung.AppHost;

/// <summary>
/// Tokens of identity-service for who runs the village on this machine: an operator's, and those of accounts, so that nobody has to sign in for a test or a look around.
/// Each is kept for half its life; while identity-service is away, until it ends.
/// </summary>
public sealed class VillageTokens(ControlClient control) : IDisposable
{
    /// <summary>As identity-service knows AppHost.</summary>
    const string Client = "village";

    const string ActAs = "urn:kampung:grant-type:act-as";

    static readonly TimeSpan Margin = TimeSpan.FromSeconds(5);

    readonly HttpClient http = new() { Timeout = TimeSpan.FromSeconds(20) };
    readonly ConcurrentDictionary<string, Token> known = new(StringComparer.OrdinalIgnoreCase);

    sealed record Token(string Text, DateTimeOffset RenewAt, DateTimeOffset Until);

    /// <summary>May see and mend everything.</summary>
    /// <exception cref="HttpRequestException">identity-service does not answer.</exception>
    /// <exception cref="KampungException">It gives none.</exception>
    public Task<string> OperatorAsync(CancellationToken stop = default) => GetAsync("", [new("grant_type", "client_credentials")], stop);

    /// <param name="account">Its id or e-mail address.</param>
    /// <inheritdoc cref="OperatorAsync"/>
    public Task<string> OfAsync(string account, CancellationToken stop = default) => GetAsync(account, [new("grant_type", ActAs), new("account", account)], stop);

    /// <summary>Makes an account.</summary>
    /// <returns>Its id, which is the customer's, too.</returns>
    /// <inheritdoc cref="OperatorAsync"/>
    public async Task<Guid> RegisterAsync(string name, string email, CancellationToken stop = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, await AddressAsync("accounts", stop)) { Content = JsonContent.Create(new { name, email }) };
        request.Headers.Authorization = new("Bearer", await OperatorAsync(stop));
        using var answer = await http.SendAsync(request, stop);
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(stop)).GetProperty("id").GetGuid();
    }

    /// <summary>Somebody new, who has an address in the village.</summary>
    /// <exception cref="KampungException">They are not known to be a customer after half a minute.</exception>
    public async Task<(Guid Id, Guid AddressId)> MoveInAsync(HttpClient gateway, string name, string email, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(gateway);
        var id = await RegisterAsync(name, email, stop);
        var profile = new { name, email, addresses = new[] { new { label = "home", line1 = "12 Jalan Melati", city = "Kuala Lumpur", postalCode = "50480", country = "MY" } } };
        for (var since = Stopwatch.StartNew(); since.Elapsed < TimeSpan.FromSeconds(30); await Task.Delay(50, stop))
        {
            // The profile is there when the news of the account has come to customer-service.
            using var request = new HttpRequestMessage(HttpMethod.Put, "/api/customers/me") { Content = JsonContent.Create(profile), Headers = { Authorization = new("Bearer", await OfAsync($"{id}", stop)) } };
            using var answer = await gateway.SendAsync(request, stop);
            if (answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.ServiceUnavailable) continue;
            answer.EnsureSuccessStatusCode();
            return (id, (await answer.Content.ReadFromJsonAsync<JsonElement>(stop)).GetProperty("addresses")[0].GetProperty("id").GetGuid());
        }
        throw new KampungException($"customer-service does not know of the account {email} after half a minute.");
    }

    /// <summary>A client whose requests are an operator's, unless they say otherwise themselves.</summary>
    public HttpClient OperatorClient(TimeSpan timeout) => new(new AsOperator(this)) { Timeout = timeout };

    async Task<string> GetAsync(string name, IReadOnlyList<KeyValuePair<string, string>> request, CancellationToken stop)
    {
        var now = DateTimeOffset.UtcNow;
        if (known.TryGetValue(name, out var token) && now < token.RenewAt) return token.Text;
        try
        {
            return (known[name] = await AskAsync(request, stop)).Text;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException && token is not null && now < token.Until && !stop.IsCancellationRequested)
        {
            return token.Text;
        }
    }

    async Task<Token> AskAsync(IReadOnlyList<KeyValuePair<string, string>> request, CancellationToken stop)
    {
        using var message = new HttpRequestMessage(HttpMethod.Post, await AddressAsync("token", stop)) { Content = new FormUrlEncodedContent(request) };
        message.Headers.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{Client}:{Uri.EscapeDataString(Secret())}")));
        using var answer = await http.SendAsync(message, stop);
        if ((int)answer.StatusCode >= 500) answer.EnsureSuccessStatusCode();
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>(stop);
        if (!answer.IsSuccessStatusCode)
            throw new KampungException($"identity-service gives no token: {(body.TryGetProperty("error_description", out var why) ? why.GetString() : $"it answers {(int)answer.StatusCode}")}");
        var (now, life) = (DateTimeOffset.UtcNow, TimeSpan.FromSeconds(body.GetProperty("expires_in").GetInt32()));
        return new(body.GetProperty("access_token").GetString()!, now + life / 2, now + life - Margin);
    }

    string Secret()
    {
        var file = Path.Combine(control.Data.Identity, "client-secrets.json");
        try
        {
            return JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(file))!.GetValueOrDefault(Client)
                ?? throw new KampungException($"There is no secret of {Client} in {file}.");
        }
        catch (IOException e)
        {
            throw new KampungException($"Without identity-service's {file} there is no token to be had: {e.Message}", e);
        }
    }

    async Task<string> AddressAsync(string path, CancellationToken stop)
    {
        var identity = (await control.ProcessesAsync(stop)).FirstOrDefault(process => process.Service == Village.Identity)
            ?? throw new KampungException("identity-service does not run, so there is no token to be had.");
        return $"{identity.Address}/identity/{path}";
    }

    public void Dispose() => http.Dispose();

    sealed class AsOperator(VillageTokens tokens) : DelegatingHandler(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(1), UseCookies = false })
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken ct)
        {
            request.Headers.Authorization ??= new AuthenticationHeaderValue("Bearer", await tokens.OperatorAsync(ct));
            return await base.SendAsync(request, ct);
        }
    }
}
