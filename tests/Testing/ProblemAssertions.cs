using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Shouldly;

namespace Kampung.Testing;

/// <summary>What every error answer must be: problem details (RFC 9457) with our type and a trace id.</summary>
public static class ProblemAssertions
{
    /// <returns>The problem, for more questions.</returns>
    public static async Task<JsonElement> ShouldBeProblem(this HttpResponseMessage response, int status, string? slug = null)
    {
        var text = await response.Content.ReadAsStringAsync();
        response.StatusCode.ShouldBe((HttpStatusCode)status, text);
        response.Content.Headers.ContentType?.MediaType.ShouldBe("application/problem+json");
        var problem = JsonSerializer.Deserialize<JsonElement>(text);
        problem.GetProperty("status").GetInt32().ShouldBe(status);
        problem.GetProperty("title").GetString().ShouldNotBeNullOrEmpty();
        problem.GetProperty("traceId").GetString().ShouldNotBeNullOrEmpty();
        var type = problem.GetProperty("type").GetString()!;
        type.ShouldStartWith("https://kampung.dev/problems/");
        if (slug is not null) type.ShouldBe("https://kampung.dev/problems/" + slug);
        return problem;
    }

    /// <summary>The fields that a validation problem names.</summary>
    public static string[] Fields(this JsonElement problem) => [.. problem.GetProperty("errors").EnumerateObject().Select(field => field.Name)];

    /// <summary>Nothing was logged at level Error or Fatal, which is where unhandled exceptions end.</summary>
    public static void ShouldHaveLoggedNoError(this ServiceProcess process) =>
        process.Logs.Where(IsError).ShouldBeEmpty();

    /// <summary>The same, of one request: the process is shared with tests that make it complain.</summary>
    /// <param name="process">Who answered.</param>
    /// <param name="problem">What it answered.</param>
    public static void ShouldHaveLoggedNoError(this ServiceProcess process, JsonElement problem)
    {
        var trace = problem.GetProperty("traceId").GetString()!;
        process.Logs.Where(line => IsError(line) && line.Contains(trace, StringComparison.Ordinal)).ShouldBeEmpty();
    }

    static bool IsError(string line) => line.Contains("\"@l\":\"Error\"", StringComparison.Ordinal) || line.Contains("\"@l\":\"Fatal\"", StringComparison.Ordinal);

    /// <summary>The body of a successful answer.</summary>
    public static async Task<JsonElement> ShouldBeJson(this HttpResponseMessage response, HttpStatusCode status = HttpStatusCode.OK)
    {
        response.StatusCode.ShouldBe(status, await response.Content.ReadAsStringAsync());
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }
}
