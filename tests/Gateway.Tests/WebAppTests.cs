using System.Net;
using Kampung.Testing;

namespace Kampung.Gateway.Tests;

/// <summary>A gateway that serves a web app, built of a page, a script and its compressed sibling.</summary>
public sealed class Shopfront : IAsyncLifetime
{
    readonly TemporaryFolder root = new();

    public ServiceProcess Gateway { get; private set; } = null!;
    public Upstream Upstream { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Directory.CreateDirectory(root["web/assets"]);
        await File.WriteAllTextAsync(root["web/index.html"], "<title>shop</title><meta name=\"kampung-authority\" content=\"/identity\">");
        await File.WriteAllTextAsync(root["web/silent-callback.html"], "<title>silent</title>");
        await File.WriteAllTextAsync(root["web/favicon.svg"], "<svg/>");
        await File.WriteAllTextAsync(root["web/assets/app-1a2b.js"], "plain");
        await File.WriteAllTextAsync(root["web/assets/app-1a2b.js.br"], "smaller");
        await File.WriteAllTextAsync(root["secret.json"], "{}");
        Upstream = await Upstream.StartAsync();
        Gateway = await ServiceProcess.StartAsync("Gateway", new(Upstream.AsEveryService()) { ["Web__Root"] = root["web"] });
    }

    public async ValueTask DisposeAsync()
    {
        if (Gateway is not null) await Gateway.DisposeAsync();
        if (Upstream is not null) await Upstream.DisposeAsync();
        root.Dispose();
    }
}

/// <summary>What a browser is given, and what it is told about it.</summary>
public sealed class WebAppTests(Shopfront shop) : IClassFixture<Shopfront>
{
    const string Browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

    [Theory]
    [InlineData("/")]
    [InlineData("/?q=satay")]
    [InlineData("/orders/01a20b86-902a-715f-9245-52bf334e2f23")]
    [InlineData("/products/nasi.lemak")]
    [InlineData("/callback?code=1&state=2")]
    public async Task Every_page_of_the_app_is_its_index_which_is_asked_for_anew_and_runs_nothing_inline(string path)
    {
        using var answer = await AskAsync(path, Browser);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await answer.Content.ReadAsStringAsync()).ShouldContain("<title>shop</title>");
        answer.Content.Headers.ContentType!.ToString().ShouldBe("text/html; charset=utf-8");
        answer.Headers.CacheControl!.NoCache.ShouldBeTrue();
        var policy = answer.Headers.GetValues("Content-Security-Policy").Single();
        policy.ShouldContain("script-src 'self';");
        policy.ShouldContain("frame-ancestors 'none'");
        policy.ShouldNotContain("unsafe");
        answer.Headers.GetValues("X-Content-Type-Options").ShouldBe(["nosniff"]);
        answer.Headers.GetValues("X-Frame-Options").ShouldBe(["DENY"]);
    }

    [Fact]
    public async Task Only_the_page_of_silent_sign_in_may_be_framed_and_only_by_the_app_itself()
    {
        using var answer = await AskAsync("/silent-callback?error=login_required", Browser);

        answer.Headers.GetValues("X-Frame-Options").ShouldBe(["SAMEORIGIN"]);
        answer.Headers.GetValues("Content-Security-Policy").Single().ShouldContain("frame-ancestors 'self'");
        (await answer.Content.ReadAsStringAsync()).ShouldContain("silent");
    }

    [Fact]
    public async Task Assets_are_kept_for_ever_and_come_compressed_to_whoever_accepts_it()
    {
        using var plain = await AskAsync("/assets/app-1a2b.js", "*/*");
        using var smaller = await AskAsync("/assets/app-1a2b.js", "*/*", encoding: "gzip, br");

        (await plain.Content.ReadAsStringAsync()).ShouldBe("plain");
        plain.Headers.CacheControl!.ToString().ShouldBe("public, max-age=31536000, immutable");
        (await smaller.Content.ReadAsStringAsync()).ShouldBe("smaller");
        smaller.Content.Headers.ContentEncoding.ShouldBe(["br"]);
        smaller.Content.Headers.ContentType!.MediaType.ShouldBe("text/javascript");
        smaller.Headers.Vary.ShouldContain("Accept-Encoding");
        smaller.Headers.ETag!.Tag.ShouldNotBe(plain.Headers.ETag!.Tag);
    }

    [Theory]
    [InlineData("/assets/app-of-yesterday.js")]
    [InlineData("/assets/app-1a2b.js.br")]
    [InlineData("/assets/..%2f..%2fsecret.json")]
    [InlineData("/assets/%2e%2e/%2e%2e/secret.json")]
    [InlineData("/..%2fsecret.json")]
    [InlineData("/api/nothing")]
    [InlineData("/identity/nothing")]
    public async Task What_is_not_there_is_no_page_either(string path)
    {
        using var answer = await AskAsync(path, Browser);

        answer.StatusCode.ShouldBeOneOf(HttpStatusCode.NotFound, HttpStatusCode.BadRequest);
        (await answer.Content.ReadAsStringAsync()).ShouldNotContain("<title>");
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("*/*")]
    public async Task Who_is_no_browser_is_told_of_the_API(string accept)
    {
        using var index = await AskAsync("/", accept);
        using var unknown = await AskAsync("/orders", accept);

        (await index.Content.ReadAsStringAsync()).ShouldContain("\"resources\"");
        unknown.StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    async Task<HttpResponseMessage> AskAsync(string path, string accept, string? encoding = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        if (encoding is not null) request.Headers.TryAddWithoutValidation("Accept-Encoding", encoding);
        return await shop.Gateway.Client.SendAsync(request);
    }
}
