using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kampung.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shouldly;

namespace Kampung.ServiceDefaults.Tests;

public sealed class TokenTests : IAsyncLifetime
{
    static readonly Guid Siti = Guid.CreateVersion7();

    readonly Clock clock = new();
    TestIssuer issuer = null!;
    TestApp app = null!;

    public async ValueTask InitializeAsync()
    {
        issuer = await TestIssuer.StartAsync();
        app = await StartAppAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        await issuer.DisposeAsync();
    }

    [Fact]
    public async Task A_token_tells_who_asks()
    {
        using var answer = await AskAsync("/me", issuer.Token($"{Siti}", ["merchant", "customer", "emperor"], stall: "Satay Pak Samad", email: "siti@example.com"));

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var caller = (await answer.Content.ReadFromJsonAsync<Caller>())!;
        (caller.Id, caller.Name, caller.Email, caller.Stall, caller.IsOperator).ShouldBe((Siti, "Siti binti Osman", "siti@example.com", "Satay Pak Samad", false));
        caller.Roles.ShouldBe(["merchant", "customer"]);
        caller.Expires.ShouldBe(DateTimeOffset.UtcNow.AddHours(1), TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task A_subject_that_is_no_uuid_has_the_same_id_each_time()
    {
        var first = await IdOfAsync(issuer.Token("auth0|siti", ["customer"]));

        (await IdOfAsync(issuer.Token("auth0|siti", ["customer"]))).ShouldBe(first);
        (await IdOfAsync(issuer.Token("auth0|ali", ["customer"]))).ShouldNotBe(first);
        (first.Version, first.Variant & 0xC).ShouldBe((8, 0x8));

        async Task<Guid> IdOfAsync(string token) => (await (await AskAsync("/me", token)).Content.ReadFromJsonAsync<Caller>())!.Id;
    }

    public static TheoryData<string, Func<TestIssuer, string>> BadTokens => new()
    {
        { "The token has expired.", issuer => issuer.Expired(Siti, Role.Customer) },
        { "The token is not valid yet.", issuer => issuer.Token($"{Siti}", [Role.Customer], change: With("nbf", DateTimeOffset.UtcNow.AddMinutes(5).ToUnixTimeSeconds())) },
        { "The token has no expiry.", issuer => issuer.Token($"{Siti}", [Role.Customer], change: token => token.Remove("exp")) },
        { "The token is for somebody else.", issuer => issuer.ForOthers(Siti, Role.Customer) },
        { "The token is for somebody else.", issuer => issuer.Token($"{Siti}", [Role.Customer], change: token => token.Remove("aud")) },
        { "The token is of another issuer.", issuer => issuer.OfAnotherIssuer(Siti, Role.Customer) },
        { "The token is of another issuer.", issuer => issuer.Token($"{Siti}", [Role.Customer], change: With("iss", issuer.Authority + "/")) },
        { "The token's algorithm is not allowed.", issuer => issuer.Unsigned(Siti, Role.Customer) },
        { "The token's algorithm is not allowed.", issuer => issuer.SignedWithPublicKey(Siti, Role.Customer) },
        { "The token's algorithm is not allowed.", issuer => issuer.SignedBy("RS512", Siti, Role.Customer) },
        { "The token's signature is not right.", issuer => issuer.Forged(Siti, Role.Customer) },
        { "The token's signature is not right.", issuer => issuer.Token(Siti, Role.Customer)[..^8] },
        { "The token is no access token.", issuer => issuer.IdToken(Siti, [Role.Customer]) },
        { "The token is no access token.", issuer => issuer.IdToken(Siti, [Role.Customer], type: "") },
        { "The token is not a signed JWT.", _ => "siti" },
        { "The token is not a signed JWT.", _ => "a.b.c" },
        { "The token is not a signed JWT.", issuer => issuer.Token($"{Siti}", [Role.Customer], change: With("note", new string('x', 20_000))) },
    };

    static Action<JsonObject> With(string name, JsonNode value) => token => token[name] = value;

    [Theory]
    [MemberData(nameof(BadTokens), DisableDiscoveryEnumeration = true)]
    public async Task A_token_that_is_not_good_is_refused_with_the_reason(string reason, Func<TestIssuer, string> token)
    {
        using var answer = await AskAsync("/me", token(issuer));

        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        answer.Headers.WwwAuthenticate.ToString().ShouldBe($"Bearer error=\"invalid_token\", error_description=\"{reason}\"");
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        (answer.Content.Headers.ContentType?.MediaType, problem.GetProperty("type").GetString(), problem.GetProperty("detail").GetString())
            .ShouldBe(("application/problem+json", "https://kampung.dev/problems/unauthorized", reason));
        problem.GetProperty("traceId").GetString()!.Length.ShouldBe(32);
    }

    [Fact]
    public async Task Without_a_token_only_what_is_open_to_everybody_answers()
    {
        foreach (var path in new[] { "/open", "/health/live", "/health/ready", "/metrics", "/openapi/v1.json" })
            (await app.Client.GetAsync(path)).StatusCode.ShouldBe(HttpStatusCode.OK, path);
        foreach (var path in new[] { "/me", "/customers-only", "/nothing-here" })
        {
            using var answer = await app.Client.GetAsync(path);
            (answer.StatusCode, answer.Headers.WwwAuthenticate.ToString()).ShouldBe((HttpStatusCode.Unauthorized, "Bearer"), path);
        }
        app.Logs.At(LogLevel.Error).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("Basic c2l0aTpwYXNzd29yZA==")]
    [InlineData("Bearer")]
    public async Task Other_credentials_are_no_token(string authorization)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/me");
        request.Headers.TryAddWithoutValidation("Authorization", authorization);

        (await app.Client.SendAsync(request)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Who_has_none_of_the_roles_may_not()
    {
        (await AskAsync("/customers-only", issuer.Token(Siti, Role.Customer))).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await AskAsync("/customers-only", issuer.Token(Siti, Role.Rider, Role.Operator))).StatusCode.ShouldBe(HttpStatusCode.OK);

        using var answer = await AskAsync("/customers-only", issuer.Token(Siti, Role.Rider));

        answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        answer.Headers.WwwAuthenticate.ToString().ShouldBe("Bearer error=\"insufficient_scope\"");
        (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("type").GetString().ShouldBe("https://kampung.dev/problems/forbidden");
    }

    [Fact]
    public async Task A_bad_token_does_not_matter_where_none_is_needed() =>
        (await AskAsync("/open", issuer.Expired(Siti))).StatusCode.ShouldBe(HttpStatusCode.OK);

    [Fact]
    public async Task Keys_may_change_while_a_service_runs()
    {
        var before = issuer.Token(Siti, Role.Customer);
        (await AskAsync("/me", before)).StatusCode.ShouldBe(HttpStatusCode.OK);

        issuer.Rotate();
        clock.Advance(TimeSpan.FromSeconds(3));

        (await AskAsync("/me", issuer.Token(Siti, Role.Customer))).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await AskAsync("/me", before)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task What_was_signed_with_a_key_that_is_gone_is_worth_nothing_although_it_was_remembered()
    {
        var stolen = issuer.Token(Siti, Role.Customer);
        (await AskAsync("/me", stolen)).StatusCode.ShouldBe(HttpStatusCode.OK);

        issuer.Rotate(forgotten: true);
        clock.Advance(TimeSpan.FromSeconds(3));
        (await AskAsync("/me", issuer.Token(Siti, Role.Customer))).StatusCode.ShouldBe(HttpStatusCode.OK);

        (await AskAsync("/me", stolen)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Keys_that_are_old_are_looked_up_again_by_themselves()
    {
        var token = issuer.Token(Siti, Role.Customer);
        await AskAsync("/me", token);
        issuer.Rotate(forgotten: true);
        clock.Advance(TimeSpan.FromMinutes(11));

        await Eventually.Is(async () => (await AskAsync("/me", token)).StatusCode == HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Tokens_with_made_up_keys_do_not_make_a_service_ask_for_keys_again_and_again()
    {
        await AskAsync("/me", issuer.Token(Siti, Role.Customer));
        var other = await TestIssuer.StartAsync();
        await using var closing = other;
        clock.Advance(TimeSpan.FromSeconds(3));

        for (var i = 0; i < 20; i++)
        {
            other.Rotate();
            using var answer = await AskAsync("/me", other.Token($"{Siti}", [Role.Customer], change: With("iss", issuer.Authority)));
            answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        }

        issuer.KeyRequests.ShouldBe(2);
    }

    [Fact]
    public async Task The_last_keys_stay_good_while_the_issuer_is_away()
    {
        await AskAsync("/me", issuer.Token(Siti, Role.Customer));
        issuer.Failing = 404;
        clock.Advance(TimeSpan.FromMinutes(20));

        (await AskAsync("/me", issuer.Token(Siti, Role.Customer, Role.Rider))).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task While_no_key_is_known_and_the_issuer_is_away_nobody_is_told_that_the_token_is_bad()
    {
        issuer.Failing = 404;
        await using var started = await StartAppAsync();
        using (var answer = await AskAsync("/me", issuer.Token(Siti, Role.Customer), started))
        {
            answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            answer.Headers.RetryAfter!.Delta!.Value.ShouldBeGreaterThan(TimeSpan.Zero);
        }
        (await AskAsync("/open", issuer.Token(Siti, Role.Customer), started)).StatusCode.ShouldBe(HttpStatusCode.OK);

        issuer.Failing = null;
        clock.Advance(TimeSpan.FromSeconds(3));
        (await AskAsync("/me", issuer.Token(Siti, Role.Customer), started)).StatusCode.ShouldBe(HttpStatusCode.OK);
        started.Logs.At(LogLevel.Error).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_remembered_token_ends_when_it_ends()
    {
        var token = issuer.Token($"{Siti}", [Role.Customer], life: TimeSpan.FromSeconds(20));
        (await AskAsync("/me", token)).StatusCode.ShouldBe(HttpStatusCode.OK);

        clock.Advance(TimeSpan.FromSeconds(45));
        (await AskAsync("/me", token)).StatusCode.ShouldBe(HttpStatusCode.OK, "clocks may differ by 30 s");
        clock.Advance(TimeSpan.FromSeconds(10));
        (await AskAsync("/me", token)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Remembered_tokens_are_bounded_and_those_in_use_stay()
    {
        var validator = app.Services.GetRequiredService<TokenValidator>();
        var busy = issuer.Token(Siti, Role.Customer);
        var first = (await validator.ValidateAsync(busy)).Token;
        for (var i = 0; i < 10; i++)
        {
            await validator.ValidateAsync(issuer.Token(Siti, Role.Rider));
            (await validator.ValidateAsync(busy)).Token.ShouldBeSameAs(first);
        }

        for (var i = 0; i < 10; i++) await validator.ValidateAsync(issuer.Token(Siti, Role.Rider));

        (await validator.ValidateAsync(busy)).Token.ShouldNotBeSameAs(first);
    }

    [Fact]
    public async Task Of_an_issuer_that_calls_all_its_tokens_JWT_only_access_tokens_count()
    {
        await using var keycloak = await StartAppAsync(new() { ["Auth:TokenTypes:0"] = "JWT" });

        foreach (var (change, status) in new (Action<JsonObject>, HttpStatusCode)[]
                 {
                     (token => token.Remove("nonce"), HttpStatusCode.OK),
                     // As Keycloak before version 24.
                     (token => token["typ"] = "Bearer", HttpStatusCode.OK),
                     (_ => { }, HttpStatusCode.Unauthorized),
                     (token => (token["typ"], _) = ("ID", token.Remove("nonce")), HttpStatusCode.Unauthorized),
                     (token => (token["at_hash"], _) = ("x", token.Remove("nonce")), HttpStatusCode.Unauthorized),
                 })
            (await AskAsync("/me", issuer.IdToken(Siti, [Role.Customer], change: change), keycloak)).StatusCode.ShouldBe(status);
        // What is asked for instead of at+jwt is the only one then.
        (await AskAsync("/me", issuer.Token(Siti, Role.Customer), keycloak)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("realm_access.roles")]
    [InlineData("https://kampung.dev/roles")]
    public async Task Roles_of_another_issuer_are_told_apart_by_configuration(string claim)
    {
        await using var mapped = await StartAppAsync(new() { ["Auth:RoleClaim"] = claim, ["Auth:Roles:shop-admin"] = Role.Operator, ["Auth:Roles:buyer"] = Role.Customer });

        (await RolesOfAsync("shop-admin", "buyer")).ShouldBe([Role.Operator, Role.Customer]);
        (await RolesOfAsync(Role.Operator, Role.Service)).ShouldBeEmpty("their operator is not ours");

        async Task<IReadOnlyList<string>> RolesOfAsync(params string[] roles)
        {
            var list = new JsonArray([.. roles.Select(role => JsonValue.Create(role))]);
            var token = issuer.Token($"{Siti}", [Role.Operator], change: token => token[claim.Split('.')[0]] = claim.StartsWith("realm", StringComparison.Ordinal) ? new JsonObject { ["roles"] = list } : null);
            if (!claim.StartsWith("realm", StringComparison.Ordinal)) token = issuer.Token($"{Siti}", [Role.Operator], change: token => token[claim] = list);
            return (await (await AskAsync("/me", token, mapped)).Content.ReadFromJsonAsync<Caller>())!.Roles;
        }
    }

    [Fact]
    public async Task An_allowed_algorithm_is_one_that_is_configured()
    {
        await using var strict = await StartAppAsync(new() { ["Auth:Algorithms:0"] = "PS256" });

        (await AskAsync("/me", issuer.SignedBy("PS256", Siti), strict)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await AskAsync("/me", issuer.SignedBy("RS256", Siti), strict)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_secret_that_is_configured_as_an_algorithm_is_none()
    {
        await using var careless = await StartAppAsync(new() { ["Auth:Algorithms:0"] = "HS256" });

        (await AskAsync("/me", issuer.SignedWithPublicKey(Siti), careless)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task The_issuer_is_found_inside_by_its_name()
    {
        await using var inside = await StartAppAsync(new()
        {
            ["Auth:Authority"] = "https://shop.example/identity", ["Auth:Inside"] = "http://identity-service/realm", ["Services:identity-service:http:0"] = issuer.Authority[..^"/realm".Length],
        });
        issuer.CallsItself = "https://shop.example/identity";

        (await AskAsync("/me", issuer.Token($"{Siti}", change: With("iss", "https://shop.example/identity")), inside)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_issuer_that_calls_itself_otherwise_is_not_believed()
    {
        await using var started = await StartAppAsync();
        issuer.CallsItself = "https://elsewhere.example";

        (await AskAsync("/me", issuer.OfAnotherIssuer(Siti), started)).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        started.Logs.At(LogLevel.Warning).ShouldContain(line => line.Contains("it calls itself https://elsewhere.example"));
    }

    [Fact]
    public async Task The_document_says_who_may()
    {
        var document = await app.Client.GetFromJsonAsync<JsonElement>("/openapi/v1.json");

        document.GetProperty("paths").GetProperty("/customers-only").GetProperty("get").GetProperty("security").EnumerateArray()
            .Select(any => any.GetProperty("bearer")[0].GetString()).ToArray().ShouldBe([Role.Customer, Role.Operator]);
        document.GetProperty("paths").GetProperty("/open").GetProperty("get").TryGetProperty("security", out _).ShouldBeFalse();
        document.GetProperty("components").GetProperty("securitySchemes").GetProperty("bearer").GetProperty("scheme").GetString().ShouldBe("bearer");
    }

    Task<TestApp> StartAppAsync(Dictionary<string, string>? settings = null)
    {
        settings ??= [];
        settings.TryAdd("Auth:Authority", issuer.Authority);
        settings.TryAdd("Auth:RememberedTokens", "4");
        settings.TryAdd("Http:Resilience:Retry:MaxRetryAttempts", "1");
        return TestApp.StartAsync(
            builder => builder.Services.AddSingleton<TimeProvider>(clock),
            routes =>
            {
                routes.MapGet("/me", (Caller caller) => caller);
                routes.MapGet("/customers-only", () => "welcome").OnlyFor(Role.Customer, Role.Operator);
                routes.MapGet("/open", () => "welcome").AllowAnonymous();
            },
            settings);
    }

    async Task<HttpResponseMessage> AskAsync(string path, string token, TestApp? of = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", token) } };
        return await (of ?? app).Client.SendAsync(request);
    }
}

/// <summary>Stands still but for what a test adds.</summary>
sealed class Clock : TimeProvider
{
    DateTimeOffset now = DateTimeOffset.UtcNow;

    public void Advance(TimeSpan time) => now += time;

    public override DateTimeOffset GetUtcNow() => now;
}
