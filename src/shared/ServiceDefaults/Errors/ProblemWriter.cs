using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Http;

using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using JsonOptions = Microsoft.AspNetCore.Http.Json.JsonOptions;

namespace Kampung.ServiceDefaults.Errors;

/// <summary>Writes every problem, wherever it comes from, as JSON with our <c>type</c> and the trace id, whatever the request accepts.</summary>
sealed class ProblemWriter(IOptions<JsonOptions> json) : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context) => true;

    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var (http, problem) = (context.HttpContext, context.ProblemDetails);
        problem.Status ??= http.Response.StatusCode;
        if (problem.Type?.StartsWith(Problems.TypePrefix, StringComparison.Ordinal) != true)
        {
            var (slug, title) = Problems.ByStatus(problem.Status.Value);
            (problem.Type, problem.Title) = (Problems.TypePrefix + slug, title);
        }
        problem.Extensions["traceId"] = Activity.Current?.TraceId.ToHexString() ?? http.TraceIdentifier;
        if (problem.Extensions.Remove(Problems.RetryAfter, out var seconds))
            http.Response.Headers[HeaderNames.RetryAfter] = Convert.ToString(seconds, CultureInfo.InvariantCulture);

        http.Response.StatusCode = problem.Status.Value;
        // The runtime type, since a validation problem carries its errors in a derived type.
        await http.Response.WriteAsJsonAsync(problem, problem.GetType(), json.Value.SerializerOptions, "application/problem+json", http.RequestAborted);
    }
}
