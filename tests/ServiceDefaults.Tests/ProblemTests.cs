using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Kampung.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Npgsql;
using Shouldly;

namespace Kampung.ServiceDefaults.Tests;

public sealed class ProblemTests : IAsyncLifetime
{
    const string Valid = """{"name":"Siti","kind":"verySmall","lines":[{"item":"01234567-89ab-7def-8123-456789abcdef","quantity":2}]}""";

    TestApp app = null!;
    int reached;

    public enum Kind
    {
        Big,
        VerySmall,
    }

    public sealed record Line(Guid Item, int Quantity, string? Note = null);

    public sealed record Request(string Name, Kind Kind, IReadOnlyList<Line> Lines);

    public async ValueTask InitializeAsync() => app = await TestApp.StartAsync(map: routes =>
    {
        routes.MapPost("/things", (Request request) =>
        {
            reached++;
            return request;
        });
        routes.MapGet("/things/{id}", (Guid id) => Problems.NotFound("thing", id));
        routes.MapGet("/list", (Paging paging) => paging.After<Guid?>());
        routes.MapGet("/bug", string () => throw new InvalidOperationException("the secret"));
        routes.MapGet("/down", string () => throw new ServiceUnavailableException("payment-service", retryAfter: TimeSpan.FromSeconds(7)));
        routes.MapGet("/no-database", string () => throw new InvalidOperationException("outer", new NpgsqlException("refused", new IOException())));
        routes.MapGet("/invalid", () =>
        {
            var errors = new FieldErrors();
            errors.RequireText(" ", "name", 10);
            errors.AllowText("\0", "note", 10);
            errors.Require(false, "lines[0].quantity", "must be positive");
            return errors.Problem();
        });
        routes.MapGet("/conflict", () => Problems.Conflict("duplicate-email", "The e-mail is taken."));
        routes.MapGet("/framework", () => TypedResults.Problem(statusCode: 418));
    });

    public ValueTask DisposeAsync() => app.DisposeAsync();

    [Theory]
    [InlineData("""{"name":""", 400)]
    [InlineData("", 400)]
    [InlineData("null", 400)]
    [InlineData("[1]", 400)]
    [InlineData("\"text\"", 400)]
    [InlineData("{}", 400, "name", "kind", "lines")]
    [InlineData("""{"name":1,"kind":"big","lines":[]}""", 400, "name")]
    [InlineData("""{"name":null,"kind":"big","lines":[]}""", 400, "name")]
    [InlineData("""{"name":"\ud800","kind":"big","lines":[]}""", 400, "name")]
    [InlineData("""{"name":"Siti","kind":"huge","lines":[]}""", 400, "kind")]
    [InlineData("""{"name":"Siti","kind":1,"lines":[]}""", 400, "kind")]
    [InlineData("""{"name":"Siti","kind":"big","lines":[{"item":"x","quantity":1}]}""", 400, "lines[0].item")]
    [InlineData("""{"name":"Siti","kind":"big","lines":[{"item":"01234567-89ab-7def-8123-456789abcdef","quantity":"1"}]}""", 400, "lines[0].quantity")]
    [InlineData("""{"name":"Siti","kind":"big","lines":[{"item":"01234567-89ab-7def-8123-456789abcdef","quantity":1.5}]}""", 400, "lines[0].quantity")]
    [InlineData("""{"name":"Siti","kind":"big","lines":[{"item":"01234567-89ab-7def-8123-456789abcdef","quantity":99999999999}]}""", 400, "lines[0].quantity")]
    [InlineData("""{"name":"Siti","kind":"big","lines":[{"item":"01234567-89ab-7def-8123-456789abcdef"}]}""", 400, "lines[0].quantity")]
    public async Task A_body_that_is_not_as_expected_is_refused_by_field(string body, int status, params string[] fields)
    {
        var problem = await Problem(await app.Client.PostAsync("/things", Json(body)), status);

        if (fields.Length > 0) problem.GetProperty("errors").EnumerateObject().Select(error => error.Name).ShouldBe(fields, ignoreOrder: true);
        problem.ToString().ShouldNotContain("Kampung.ServiceDefaults.Tests"); // no type names of ours
        NothingHappened();
    }

    [Fact]
    public async Task Bytes_that_are_not_UTF8_are_refused()
    {
        var body = Encoding.Latin1.GetBytes("""{"name":"ÿþ","kind":"big","lines":[]}""");

        await Problem(await app.Client.PostAsync("/things", Json(body)), 400);
        NothingHappened();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_over_the_limit_is_413(bool chunked)
    {
        // Who refuses a body may hang up before it has heard all of it, and a client that is still talking may miss the answer.
        var response = await Eventually.Get(async () =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/things") { Content = Json(new string(' ', 1_100_000)) };
            request.Headers.TransferEncodingChunked = chunked;
            return await app.Client.SendAsync(request);
        });

        await Problem(response, 413);
        NothingHappened();
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/json; charset=klingon")]
    [InlineData("application/xml")]
    public async Task A_content_type_that_is_not_supported_is_415(string type)
    {
        var content = new ByteArrayContent(Encoding.UTF8.GetBytes(Valid));
        content.Headers.TryAddWithoutValidation("Content-Type", type);

        await Problem(await app.Client.PostAsync("/things", content), 415);
        NothingHappened();
    }

    [Theory]
    [InlineData("GET", "/nowhere", 404, "not-found")]
    [InlineData("DELETE", "/things", 405, "method-not-allowed")]
    [InlineData("GET", "/things/abc", 400, "bad-request")]
    [InlineData("GET", "/things/01234567-89ab-7def-8123-456789abcdef", 404, "not-found")]
    [InlineData("GET", "/list?limit=0", 400, "bad-request")]
    [InlineData("GET", "/list?limit=101", 400, "bad-request")]
    [InlineData("GET", "/list?limit=ten", 400, "bad-request")]
    [InlineData("GET", "/list?cursor=%00", 400, "bad-request")]
    [InlineData("GET", "/list?cursor=AAAA", 400, "bad-request")]
    [InlineData("GET", "/conflict", 409, "duplicate-email")]
    [InlineData("GET", "/framework", 418, "client-error")]
    public async Task Every_error_is_a_problem_with_a_stable_type(string method, string path, int status, string slug)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Accept.ParseAdd("text/html"); // a browser gets the same

        var problem = await Problem(await app.Client.SendAsync(request), status);

        problem.GetProperty("type").GetString().ShouldBe("https://kampung.dev/problems/" + slug);
        NothingHappened();
    }

    [Fact]
    public async Task Field_errors_are_told_all_at_once()
    {
        var problem = await Problem(await app.Client.GetAsync("/invalid"), 400);

        problem.GetProperty("errors").EnumerateObject().Select(error => error.Name).ShouldBe(["name", "note", "lines[0].quantity"]);
    }

    [Fact]
    public async Task A_bug_is_500_without_its_message_and_is_logged_once()
    {
        var problem = await Problem(await app.Client.GetAsync("/bug"), 500);

        problem.ToString().ShouldNotContain("secret");
        app.Logs.At(LogLevel.Error).ShouldHaveSingleItem().ShouldContain("the secret");
    }

    [Theory]
    [InlineData("/down", "payment-service", 7)]
    [InlineData("/no-database", "database", 2)]
    public async Task What_is_needed_and_down_is_503_with_Retry_After(string path, string service, int seconds)
    {
        var response = await app.Client.GetAsync(path);

        response.Headers.RetryAfter!.Delta.ShouldBe(TimeSpan.FromSeconds(seconds));
        (await Problem(response, 503)).GetProperty("service").GetString().ShouldBe(service);
        NothingHappened();
    }

    [Fact]
    public async Task A_valid_body_passes_as_camelCase()
    {
        var response = await app.Client.PostAsync("/things", Json(Valid));

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await response.Content.ReadAsStringAsync()).ShouldContain("\"kind\":\"verySmall\"");
        reached.ShouldBe(1);
    }

    static async Task<JsonElement> Problem(HttpResponseMessage response, int status)
    {
        ((int)response.StatusCode).ShouldBe(status, await response.Content.ReadAsStringAsync());
        response.Content.Headers.ContentType?.MediaType.ShouldBe("application/problem+json");
        var problem = await response.Content.ReadFromJsonAsync<JsonElement>();
        problem.GetProperty("status").GetInt32().ShouldBe(status);
        problem.GetProperty("title").GetString().ShouldNotBeNullOrEmpty();
        problem.GetProperty("type").GetString().ShouldStartWith(Problems.TypePrefix);
        problem.GetProperty("traceId").GetString()!.Length.ShouldBe(32);
        return problem;
    }

    void NothingHappened()
    {
        reached.ShouldBe(0);
        app.Logs.At(LogLevel.Error).ShouldBeEmpty();
        app.Logs.At(LogLevel.Critical).ShouldBeEmpty();
    }

    static StringContent Json(string body) => new(body, Encoding.UTF8, "application/json");

    static ByteArrayContent Json(byte[] body) => new(body) { Headers = { ContentType = new("application/json") } };
}
