using System.Net.Http.Headers;
using System.Text;
using Kampung.Testing;

namespace Kampung.Customers.Tests;

/// <summary>Whatever is wrong with a request: a 4xx with problem details, nothing saved, nothing told, no unhandled exception in the log.</summary>
public sealed class BadInputTests(CustomersService customers) : IAsyncLifetime
{
    const string Json = "application/json";
    const string Good = """{"name":"Siti","email":"siti@example.com"}""";
    Guid somebody;
    string before = "";
    long published;

    public async ValueTask InitializeAsync()
    {
        await customers.EmptyAsync();
        somebody = (await customers.SomebodyAsync("somebody@example.com", CustomersService.Home)).GetProperty("id").GetGuid();
        before = await customers.QueryAsync<string>("select string_agg(document::text, '|') from customers");
        published = await customers.PublishedAsync();
    }

    public async ValueTask DisposeAsync()
    {
        (await customers.QueryAsync<string>("select string_agg(document::text, '|') from customers")).ShouldBe(before);
        (await customers.PublishedAsync()).ShouldBe(published);
        customers.Process.ShouldHaveLoggedNoError();
    }

    Task<HttpResponseMessage> SendAsync(string method, string path, string? type, byte[] body, Guid? caller = null)
    {
        var content = new ByteArrayContent(body);
        if (type is not null) content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return customers.SendAsync(new HttpMethod(method), path, caller, content);
    }

    [Theory]
    [InlineData("POST", "/customers", Json, "", 400)]
    [InlineData("POST", "/customers", Json, "{", 400)]
    [InlineData("POST", "/customers", Json, "null", 400)]
    [InlineData("POST", "/customers", Json, "[]", 400)]
    [InlineData("POST", "/customers", Json, "{}", 400)]
    [InlineData("POST", "/customers", "text/xml", "<name/>", 415)]
    [InlineData("DELETE", "/customers", Json, "", 405)]
    [InlineData("GET", "/customers/1", null, "", 404)]
    [InlineData("GET", "/customers/0198a5a0-0000-7000-8000-000000000000", null, "", 404)]
    [InlineData("GET", "/customers?limit=0", null, "", 400)]
    [InlineData("GET", "/customers?cursor=nonsense", null, "", 400)]
    [InlineData("GET", "/nowhere", null, "", 404)]
    public async Task A_bad_request_is_refused(string method, string path, string? type, string body, int status) =>
        await (await SendAsync(method, path, type, Encoding.UTF8.GetBytes(body))).ShouldBeProblem(status);

    public static TheoryData<string, string> BadFields() => new()
    {
        { "name", "\"\"" },
        { "name", "\" \"" },
        { "name", "null" },
        { "name", "5" },
        { "name", "\"a\\u0000b\"" },
        { "name", "\"a\\r\\nBcc: x@example.com\"" },
        { "name", "\"\\ud800\"" },
        { "name", $"\"{new string('x', 201)}\"" },
        { "email", "\"\"" },
        { "email", "null" },
        { "email", "\"siti\"" },
        { "email", "\"siti@localhost\"" },
        { "email", "\"siti@@example.com\"" },
        { "email", "\"Siti <siti@example.com>\"" },
        { "email", "\"siti@example.com\\r\\nBcc: x@example.com\"" },
        { "email", "\"siti@example.com, ali@example.com\"" },
        { "email", "\"si ti@example.com\"" },
        { "email", "\"siti@example..com\"" },
        { "email", $"\"{new string('x', 60)}@{new string('y', 200)}.com\"" },
        { "phone", "\"call me\"" },
        { "phone", "\"+\"" },
        { "phone", "60123" },
        { "locale", "\"English\"" },
        { "locale", "\"../../etc\"" },
        { "addresses", "{}" },
        { "addresses", "[null]" },
        { "addresses", "[{}]" },
        { "addresses", Address("country", "\"XX\"") },
        { "addresses", Address("country", "\"my\"") },
        { "addresses", Address("country", "\"Malaysia\"") },
        { "addresses", Address("label", "\"\"") },
        { "addresses", Address("line1", "null") },
        { "addresses", Address("line1", "\"a\\nb\"") },
        { "addresses", Address("city", $"\"{new string('x', 101)}\"") },
        { "addresses", Address("postalCode", "30000") },
        { "addresses", Address("id", "\"0198a5a0-0000-7000-8000-000000000000\"") },
        { "addresses", Address("id", "7") },
        { "addresses", "[" + string.Join(',', Enumerable.Repeat(Address("label", "\"Home\"")[1..^1], 21)) + "]" },
    };

    static string Address(string field, string value)
    {
        var fields = new Dictionary<string, string>
        {
            ["label"] = "\"Home\"", ["line1"] = "\"1 Jalan\"", ["city"] = "\"Ipoh\"", ["postalCode"] = "\"30000\"", ["country"] = "\"MY\"", [field] = value,
        };
        return "[{" + string.Join(',', fields.Select(pair => $"\"{pair.Key}\":{pair.Value}")) + "}]";
    }

    [Theory]
    [MemberData(nameof(BadFields))]
    public async Task A_bad_field_is_named_and_nothing_is_saved(string field, string value)
    {
        var fields = new Dictionary<string, string> { ["name"] = "\"Siti\"", ["email"] = "\"siti@example.com\"", [field] = value };
        var body = Encoding.UTF8.GetBytes("{" + string.Join(',', fields.Select(pair => $"\"{pair.Key}\":{pair.Value}")) + "}");

        foreach (var response in (HttpResponseMessage[])[await SendAsync("POST", "/customers", Json, body), await SendAsync("PUT", "/customers/me", Json, body, somebody)])
        {
            var problem = await response.ShouldBeProblem(400);
            if (problem.TryGetProperty("errors", out _)) problem.Fields().ShouldContain(name => name.StartsWith(field, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("name", """{"email":"siti@example.com"}""")]
    [InlineData("email", """{"name":"Siti"}""")]
    [InlineData("addresses[0].city", """{"name":"Siti","email":"siti@example.com","addresses":[{"label":"Home","line1":"1 Jalan","postalCode":"30000","country":"MY"}]}""")]
    public async Task A_missing_field_is_named(string field, string body) =>
        (await (await SendAsync("POST", "/customers", Json, Encoding.UTF8.GetBytes(body))).ShouldBeProblem(400)).Fields().ShouldBe([field]);

    [Fact]
    public async Task A_caller_who_is_no_customer_or_no_UUID_is_refused()
    {
        await (await SendAsync("PUT", "/customers/me", Json, Encoding.UTF8.GetBytes(Good), Guid.NewGuid())).ShouldBeProblem(404);
        var request = new HttpRequestMessage(HttpMethod.Get, "/customers/me") { Headers = { { "Authorization", "Bearer me" } } };
        await (await customers.Client.SendAsync(request)).ShouldBeProblem(401);
    }

    [Fact]
    public async Task Bytes_that_are_not_UTF8_are_refused()
    {
        byte[] body = [.. "{\"email\":\"siti@example.com\",\"name\":\""u8, 0xC3, 0x28, .. "\"}"u8];
        await (await SendAsync("POST", "/customers", Json, body)).ShouldBeProblem(400);
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused() =>
        await (await SendAsync("POST", "/customers", Json, Encoding.UTF8.GetBytes($$"""{"name":"{{new string('x', 2_000_000)}}"}"""))).ShouldBeProblem(413);
}
