using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Web;
using Kampung.Testing;

namespace Kampung.Identity.Tests;

/// <summary>Requests that no decent client makes.</summary>
public sealed class BadInputTests(IdentityVillage village)
{
    readonly HttpClient http = village.First.Client;

    [Theory]
    [InlineData("client_id", "nobody", "invalid_request")]
    [InlineData("client_id", null, "invalid_request")]
    [InlineData("client_id", "a\0b", null)]
    [InlineData("redirect_uri", "https://evil.example/callback", "invalid_request")]
    [InlineData("redirect_uri", "http://127.0.0.1/callback", "invalid_request")]
    [InlineData("redirect_uri", "/callback", "invalid_request")]
    [InlineData("redirect_uri", null, "invalid_request")]
    public async Task Nobody_is_sent_back_to_whom_we_do_not_know(string parameter, string? value, string? error)
    {
        var request = village.Request();
        request[parameter] = value;

        using var answer = await http.GetAsync(request.Path());

        answer.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        answer.Headers.Location.ShouldBeNull();
        if (error is not null) (await answer.Content.ReadAsStringAsync()).ShouldContain(error);
        village.First.ShouldHaveLoggedNoError();
    }

    [Theory]
    [InlineData("code_challenge", null, "invalid_request")]
    [InlineData("code_challenge_method", "plain", "invalid_request")]
    [InlineData("code_challenge_method", null, "invalid_request")]
    [InlineData("code_challenge_method", "S1", "invalid_request")]
    [InlineData("response_type", "token", "unsupported_response_type")]
    [InlineData("response_type", "code id_token", "unsupported_response_type")]
    [InlineData("response_type", null, "invalid_request")]
    [InlineData("scope", "openid everything", "invalid_scope")]
    [InlineData("response_mode", "carrier_pigeon", "invalid_request")]
    [InlineData("prompt", "none login", "invalid_request")]
    public async Task A_web_app_that_asks_for_what_is_not_allowed_is_told_so(string parameter, string? value, string error)
    {
        using var browser = village.Browser();
        var request = village.Request();
        request[parameter] = value;

        var page = await browser.OpenAsync(request.Path());

        if (page.Location is null)
        {
            page.Status.ShouldBe(HttpStatusCode.BadRequest);
            page.Html.ShouldContain(error);
            return;
        }
        page.Location.AbsoluteUri.ShouldStartWith(village.RedirectUri);
        HttpUtility.ParseQueryString(page.Location.Query)["error"].ShouldBe(error);
    }

    [Fact]
    public async Task A_code_is_worth_nothing_without_its_verifier_or_with_another_redirect_address()
    {
        using var browser = village.Browser();
        await browser.RegisterAsync("code@example.com");
        foreach (var (verifier, redirect) in new[] { ("another-verifier-of-at-least-forty-three-characters", village.RedirectUri), (null, village.RedirectUri), (WebApp.Challenge, village.RedirectUri), (WebApp.Verifier, village.RedirectUri + "2") })
        {
            var form = new Dictionary<string, string?>
            {
                ["client_id"] = "kampung-web", ["grant_type"] = "authorization_code", ["code"] = await village.CodeAsync(browser), ["redirect_uri"] = redirect, ["code_verifier"] = verifier,
            };
            (await TokenErrorAsync(form)).ShouldBeOneOf("invalid_grant", "invalid_request");
        }
    }

    [Theory]
    [InlineData("grant_type=password&username=a&password=b&client_id=kampung-web", "unsupported_grant_type")]
    [InlineData("grant_type=client_credentials&client_id=kampung-web", "invalid_request")]
    [InlineData("grant_type=client_credentials&client_id=order-service", "invalid_request")]
    [InlineData("grant_type=client_credentials&client_id=order-service&client_secret=guess", "invalid_client")]
    [InlineData("grant_type=refresh_token&client_id=kampung-web&refresh_token=nothing", "invalid_grant")]
    [InlineData("grant_type=refresh_token&client_id=kampung-web", "invalid_request")]
    [InlineData("grant_type=authorization_code&client_id=kampung-web&code=x&redirect_uri=y&code_verifier=z", "invalid_grant")]
    [InlineData("client_id=kampung-web", "invalid_request")]
    [InlineData("grant_type=refresh_token&grant_type=password&client_id=kampung-web", "invalid_request")]
    [InlineData("", "invalid_request")]
    public async Task A_token_request_that_makes_no_sense_is_refused(string form, string error)
    {
        using var answer = await http.PostAsync("/identity/token", new StringContent(form, Encoding.UTF8, "application/x-www-form-urlencoded"));

        answer.StatusCode.ShouldBeOneOf(HttpStatusCode.BadRequest, HttpStatusCode.Unauthorized);
        (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetString().ShouldBe(error);
    }

    [Fact]
    public async Task A_token_of_another_kind_is_no_refresh_token()
    {
        using var browser = village.Browser();
        await browser.RegisterAsync("kinds@example.com");
        var tokens = await village.TokensAsync(browser);
        foreach (var kind in new[] { "access_token", "id_token" })
            (await TokenErrorAsync(new() { ["client_id"] = "kampung-web", ["grant_type"] = "refresh_token", ["refresh_token"] = tokens.GetProperty(kind).GetString() })).ShouldBe("invalid_grant");
        // Another client's token is not ours to use.
        var secrets = JsonSerializer.Deserialize<Dictionary<string, string>>(await File.ReadAllTextAsync(Path.Combine(village.Keys, "client-secrets.json")))!;
        (await TokenErrorAsync(new()
        {
            ["client_id"] = "order-service", ["client_secret"] = secrets["order-service"], ["grant_type"] = "refresh_token", ["refresh_token"] = tokens.GetProperty("refresh_token").GetString(),
        })).ShouldBeOneOf("unauthorized_client", "invalid_grant");
    }

    public static TheoryData<string> Forms => ["/identity/sign-in", "/identity/register", "/identity/forgotten-password", "/identity/reset-password"];

    [Theory, MemberData(nameof(Forms))]
    public async Task A_form_that_is_not_ours_is_refused(string path)
    {
        using var browser = village.Browser();
        var fields = new Dictionary<string, string> { ["name"] = "Siti", ["email"] = "csrf@example.com", ["password"] = IdentityVillage.Password };

        (await browser.Http.PostAsync(path, new FormUrlEncodedContent(fields))).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        // With the cookie, and somebody else's token.
        await browser.OpenAsync(path);
        using var other = village.Browser();
        fields["__RequestVerificationToken"] = (await other.OpenAsync(path)).Fields["__RequestVerificationToken"];
        (await browser.Http.PostAsync(path, new FormUrlEncodedContent(fields))).StatusCode.ShouldBe(HttpStatusCode.BadRequest);

        (await village.QueryAsync<long>("select count(*) from accounts where email = 'csrf@example.com'")).ShouldBe(0);
    }

    public static TheoryData<string, string, string, int> Bodies => new()
    {
        { "/identity/sign-in", "application/x-www-form-urlencoded", "email=" + new string('a', 1_000_000), 413 },
        { "/identity/token", "application/x-www-form-urlencoded", "grant_type=" + new string('a', 1_000_000), 413 },
        { "/identity/authorize", "application/x-www-form-urlencoded", "client_id=" + new string('a', 1_000_000), 413 },
        { "/identity/token", "application/x-www-form-urlencoded", string.Concat(Enumerable.Range(0, 5000).Select(i => $"a{i}=&")), 400 },
        { "/identity/register", "multipart/form-data; boundary=x", "--x\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\nno end", 400 },
        { "/identity/token", "application/json", "{\"grant_type\":\"refresh_token\"}", 400 },
        { "/identity/token", "text/plain", "hello", 400 },
        { "/identity/revocation", "application/x-www-form-urlencoded", "token=" + new string('a', 1_000_000), 413 },
    };

    [Theory, MemberData(nameof(Bodies), DisableDiscoveryEnumeration = true)]
    public async Task A_body_that_is_too_large_or_no_form_is_refused(string path, string type, string body, int status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body) { Headers = { ContentType = System.Net.Http.Headers.MediaTypeHeaderValue.Parse(type) } }, Headers = { ExpectContinue = body.Length > 100_000 } };

        using var answer = await http.SendAsync(request);

        ((int)answer.StatusCode).ShouldBe(status, await answer.Content.ReadAsStringAsync());
        village.First.ShouldHaveLoggedNoError();
    }

    [Fact]
    public async Task A_forged_host_gets_into_no_link()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, village.Request().Path()) { Headers = { Host = "evil.example" } };
        request.Headers.Add("X-Forwarded-Host", "evil.example");
        request.Headers.Add("X-Forwarded-Proto", "https");
        request.Headers.Add("X-Forwarded-Prefix", "/evil");
        using var plain = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false }) { BaseAddress = village.First.BaseAddress };

        using var answer = await plain.SendAsync(request);

        answer.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        answer.Headers.Location!.OriginalString.ShouldStartWith($"{village.Issuer}/sign-in?returnUrl=");
        using var discovery = new HttpRequestMessage(HttpMethod.Get, "/identity/.well-known/openid-configuration") { Headers = { Host = "evil.example" } };
        (await (await plain.SendAsync(discovery)).Content.ReadAsStringAsync()).ShouldNotContain("evil");
    }

    async Task<string?> TokenErrorAsync(Dictionary<string, string?> form)
    {
        using var answer = await http.PostAsync("/identity/token", new FormUrlEncodedContent(form.Where(field => field.Value is not null)!));
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("error").GetString();
    }
}
