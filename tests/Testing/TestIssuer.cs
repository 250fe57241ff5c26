using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Kampung.Testing;

/// <summary>
/// An OpenID Connect issuer in the test's own process, over real HTTP: discovery, key set, and tokens for clients. What it signs itself, and what nobody should take, a test asks for:
/// <c>TestIssuer.Shared.Token(siti, ["customer"])</c>, <c>TestIssuer.Shared.Unsigned(…)</c>.
/// </summary>
public sealed class TestIssuer : IAsyncDisposable
{
    public const string Audience = "kampung";

    /// <summary>The secret of each client.</summary>
    public const string ClientSecret = "a secret of the tests";

    // Not on the threads that tests wait on.
    static readonly Lazy<TestIssuer> SharedIssuer = new(() => Task.Run(StartAsync).GetAwaiter().GetResult());

    readonly int port = FreePort.Next();
    readonly List<(string Id, RSA Key)> keys = [];
    WebApplication? app;

    /// <summary>The one of this test process; it lives as long.</summary>
    public static TestIssuer Shared => SharedIssuer.Value;

    public string Authority => $"http://127.0.0.1:{port}/realm";

    /// <summary>Of somebody who is an operator and a service.</summary>
    public string TokenOfTheVillage => field ??= Token("village", ["operator", "service"]);

    /// <summary>What a service needs to know, as environment. Each test service trusts this issuer unless it is told another.</summary>
    public Dictionary<string, string?> Settings => new() { ["Auth__Authority"] = Authority, ["Auth__ClientSecret"] = ClientSecret };

    /// <summary>How often its keys were asked for.</summary>
    public int KeyRequests { get; private set; }

    /// <summary>How many tokens clients were given.</summary>
    public int TokensIssued { get; private set; }

    /// <summary>How long those live.</summary>
    public TimeSpan ClientTokenLifetime { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>What it answers everybody with instead, such as 500; null: it works.</summary>
    public int? Failing { get; set; }

    /// <summary>Its name in its own document, when that is another than its address.</summary>
    public string? CallsItself { get; set; }

    public static async Task<TestIssuer> StartAsync()
    {
        var issuer = new TestIssuer();
        issuer.Rotate();
        await issuer.StartAgainAsync();
        return issuer;
    }

    /// <summary>A new key signs; the old one is still published, unless it is to be <paramref name="forgotten"/>.</summary>
    public void Rotate(bool forgotten = false)
    {
        lock (keys)
        {
            if (forgotten) keys.Clear();
            keys.Add(($"key-{Guid.NewGuid():N}", RSA.Create(2048)));
        }
    }

    public async Task StartAgainAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls($"http://127.0.0.1:{port}");
        builder.Services.AddRoutingCore();
        app = builder.Build();
        app.Use((http, next) =>
        {
            if (Failing is not { } status) return next(http);
            http.Response.StatusCode = status;
            return Task.CompletedTask;
        });
        app.UseRouting();
        app.MapGet("/realm/.well-known/openid-configuration", (RequestDelegate)(http => WriteAsync(http, new JsonObject
        {
            ["issuer"] = CallsItself ?? Authority, ["jwks_uri"] = $"{CallsItself ?? Authority}/keys", ["token_endpoint"] = $"{CallsItself ?? Authority}/token",
        })));
        app.MapGet("/realm/keys", (RequestDelegate)(http =>
        {
            KeyRequests++;
            return WriteAsync(http, new JsonObject { ["keys"] = KeySet() });
        }));
        app.MapPost("/realm/token", (RequestDelegate)AnswerClientAsync);
        await app.StartAsync();
    }

    /// <summary>It is away.</summary>
    public async Task StopAsync()
    {
        if (app is null) return;
        await app.StopAsync(new CancellationToken(canceled: true));
        await app.DisposeAsync();
        app = null;
    }

    /// <summary>A good token.</summary>
    /// <param name="change">What it is to say differently.</param>
    public string Token(string subject, IEnumerable<string>? roles = null, string? stall = null, string? email = null, TimeSpan? life = null, Action<JsonObject>? change = null)
    {
        var now = DateTimeOffset.UtcNow;
        var payload = new JsonObject
        {
            ["iss"] = Authority,
            ["aud"] = Audience,
            ["sub"] = subject,
            ["name"] = "Siti binti Osman",
            ["iat"] = now.ToUnixTimeSeconds(),
            ["nbf"] = now.AddMinutes(-10).ToUnixTimeSeconds(),
            ["exp"] = (now + (life ?? TimeSpan.FromHours(1))).ToUnixTimeSeconds(),
            ["jti"] = Guid.NewGuid().ToString(),
            ["role"] = new JsonArray([.. (roles ?? []).Select(role => JsonValue.Create(role))]),
        };
        if (stall is not null) payload["stall"] = stall;
        if (email is not null) payload["email"] = email;
        change?.Invoke(payload);
        return Signed(payload);
    }

    /// <inheritdoc cref="Token(string, IEnumerable{string}?, string?, string?, TimeSpan?, Action{JsonObject}?)"/>
    public string Token(Guid subject, params IEnumerable<string> roles) => Token($"{subject}", roles);

    public string Expired(Guid subject, params IEnumerable<string> roles) => Token($"{subject}", roles, life: TimeSpan.FromMinutes(-5));

    public string ForOthers(Guid subject, params IEnumerable<string> roles) => Token($"{subject}", roles, change: payload => payload["aud"] = "somebody-else");

    public string OfAnotherIssuer(Guid subject, params IEnumerable<string> roles) => Token($"{subject}", roles, change: payload => payload["iss"] = "https://elsewhere.example");

    /// <summary><c>alg: none</c>.</summary>
    public string Unsigned(Guid subject, params IEnumerable<string> roles)
    {
        var payload = Token(subject, roles).Split('.')[1];
        return $"{Encode(new JsonObject { ["alg"] = "none", ["typ"] = "at+jwt" })}.{payload}.";
    }

    /// <summary>What a client is told of who signed in, with our audience: for another issuer's ID tokens may have it.</summary>
    /// <param name="type">Of its header.</param>
    public string IdToken(Guid subject, IEnumerable<string> roles, string type = "JWT", Action<JsonObject>? change = null)
    {
        var payload = PayloadOf(Token($"{subject}", roles));
        payload["nonce"] = "of the sign-in";
        change?.Invoke(payload);
        return Signed(payload, type: type);
    }

    /// <summary>Signed with a key that the issuer does not have, under the id of one that it has.</summary>
    public string Forged(Guid subject, params IEnumerable<string> roles)
    {
        using var key = RSA.Create(2048);
        return Signed(PayloadOf(Token(subject, roles)), key);
    }

    /// <summary>HS256 with the public key, which everybody knows, as the secret.</summary>
    public string SignedWithPublicKey(Guid subject, params IEnumerable<string> roles)
    {
        var (id, key) = Current;
        var text = $"{Encode(new JsonObject { ["alg"] = "HS256", ["typ"] = "at+jwt", ["kid"] = id })}.{Encode(PayloadOf(Token(subject, roles)))}";
        return $"{text}.{Base64Url.EncodeToString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(key.ExportSubjectPublicKeyInfoPem()), Encoding.UTF8.GetBytes(text)))}";
    }

    /// <summary>Signed by this issuer with an algorithm that is asked for: RS256, RS512, PS256.</summary>
    public string SignedBy(string algorithm, Guid subject, params IEnumerable<string> roles) => Signed(PayloadOf(Token(subject, roles)), algorithm: algorithm);

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        foreach (var (_, key) in keys) key.Dispose();
    }

    (string Id, RSA Key) Current
    {
        get
        {
            lock (keys) return keys[^1];
        }
    }

    static JsonObject PayloadOf(string token) => JsonNode.Parse(Base64Url.DecodeFromChars(token.Split('.')[1]))!.AsObject();

    string Signed(JsonObject payload, RSA? with = null, string algorithm = "RS256", string type = "at+jwt")
    {
        var (id, key) = Current;
        var text = $"{Encode(new JsonObject { ["alg"] = algorithm, ["typ"] = type, ["kid"] = id })}.{Encode(payload)}";
        var (hash, padding) = algorithm switch
        {
            "RS256" => (HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            "RS512" => (HashAlgorithmName.SHA512, RSASignaturePadding.Pkcs1),
            "PS256" => (HashAlgorithmName.SHA256, RSASignaturePadding.Pss),
            _ => throw new ArgumentOutOfRangeException(nameof(algorithm)),
        };
        return $"{text}.{Base64Url.EncodeToString((with ?? key).SignData(Encoding.UTF8.GetBytes(text), hash, padding))}";
    }

    static string Encode(JsonObject json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json.ToJsonString()));

    JsonArray KeySet()
    {
        lock (keys)
            return new([.. keys.Select(key =>
            {
                var parameters = key.Key.ExportParameters(includePrivateParameters: false);
                return new JsonObject
                {
                    ["kty"] = "RSA", ["use"] = "sig", ["kid"] = key.Id, ["n"] = Base64Url.EncodeToString(parameters.Modulus), ["e"] = Base64Url.EncodeToString(parameters.Exponent),
                };
            })]);
    }

    async Task AnswerClientAsync(HttpContext http)
    {
        var form = await http.Request.ReadFormAsync();
        var credentials = http.Request.Headers.Authorization.ToString() is ['B', 'a', 's', 'i', 'c', ' ', .. var encoded]
            ? Encoding.UTF8.GetString(Convert.FromBase64String(encoded)).Split(':', 2).Select(part => Uri.UnescapeDataString(part.Replace('+', ' '))).ToArray() : [];
        if (form["grant_type"] != "client_credentials" || credentials is not [var client, ClientSecret])
        {
            http.Response.StatusCode = StatusCodes.Status401Unauthorized;
            await WriteAsync(http, new JsonObject { ["error"] = "invalid_client" });
            return;
        }
        TokensIssued++;
        await WriteAsync(http, new JsonObject
        {
            ["access_token"] = Token(client, ["service"], life: ClientTokenLifetime), ["token_type"] = "Bearer", ["expires_in"] = (int)ClientTokenLifetime.TotalSeconds,
        });
    }

    static Task WriteAsync(HttpContext http, JsonObject json)
    {
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(json.ToJsonString());
    }
}
