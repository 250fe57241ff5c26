using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Kampung.ServiceDefaults;

/// <summary>The errors of every HTTP API, as problem details (RFC 9457) with a stable <c>type</c> and the trace id.</summary>
public static class Problems
{
    /// <summary>What every <c>type</c> starts with; the slug that follows never changes its meaning.</summary>
    public const string TypePrefix = "https://kampung.dev/problems/";

    /// <summary>400 with the reasons by field, such as <c>lines[0].quantity</c>.</summary>
    public static ProblemHttpResult Validation(IEnumerable<KeyValuePair<string, string[]>> errors) =>
        TypedResults.Problem(new HttpValidationProblemDetails(errors)
        {
            Status = 400,
            Type = TypePrefix + "invalid-request",
            Title = "The request is not valid.",
        });

    public static ProblemHttpResult Validation(string field, string reason) => Validation([new(field, [reason])]);

    public static ProblemHttpResult BadRequest(string detail) => Of(400, detail);

    public static ProblemHttpResult Unauthorized(string? detail = null) => Of(401, detail);

    /// <summary>404 for a <paramref name="thing"/> such as <c>order</c> that does not exist, or not for this caller.</summary>
    public static ProblemHttpResult NotFound(string thing, object id) =>
        Of(404, string.Create(CultureInfo.InvariantCulture, $"There is no {thing} {id}."));

    public static ProblemHttpResult Conflict(string slug, string title, string? detail = null) => Of(409, slug, title, detail);

    /// <summary>422: well-formed, but not something that can be done.</summary>
    public static ProblemHttpResult Unprocessable(
        string slug, string title, string? detail = null, IEnumerable<KeyValuePair<string, string[]>>? errors = null) =>
        errors is null
            ? Of(422, slug, title, detail)
            : TypedResults.Problem(new HttpValidationProblemDetails(errors) { Status = 422, Type = TypePrefix + slug, Title = title, Detail = detail });

    /// <summary>503: <paramref name="service"/> is needed and does not answer. <paramref name="retryAfter"/> becomes the header Retry-After, in whole seconds.</summary>
    public static ProblemHttpResult Unavailable(string service, TimeSpan retryAfter)
    {
        var details = Details(503, $"{service} is needed and does not answer. Nothing was changed; try again.");
        details.Extensions["service"] = service;
        details.Extensions[RetryAfter] = Math.Max(1, (int)Math.Ceiling(retryAfter.TotalSeconds));
        return TypedResults.Problem(details);
    }

    /// <summary>The plain problem of a status code.</summary>
    public static ProblemHttpResult Of(int status, string? detail = null) => TypedResults.Problem(Details(status, detail));

    public static ProblemHttpResult Of(int status, string slug, string title, string? detail = null) =>
        TypedResults.Problem(new ProblemDetails { Status = status, Type = TypePrefix + slug, Title = title, Detail = detail });

    internal const string RetryAfter = "retryAfter";

    internal static ProblemDetails Details(int status, string? detail = null)
    {
        var (slug, title) = ByStatus(status);
        return new ProblemDetails { Status = status, Type = TypePrefix + slug, Title = title, Detail = detail };
    }

    internal static (string Slug, string Title) ByStatus(int status) => status switch
    {
        400 => ("bad-request", "The request cannot be understood."),
        401 => ("unauthorized", "It is not known who asks."),
        403 => ("forbidden", "This is not allowed."),
        404 => ("not-found", "There is nothing here."),
        405 => ("method-not-allowed", "The method is not allowed here."),
        406 => ("not-acceptable", "No acceptable representation exists."),
        408 => ("request-timeout", "The request did not arrive in time."),
        409 => ("conflict", "The request contradicts the present state."),
        413 => ("body-too-large", "The body is too large."),
        415 => ("unsupported-media-type", "The body's media type is not supported."),
        422 => ("unprocessable", "The request cannot be carried out."),
        429 => ("too-many-requests", "Too many requests."),
        431 => ("headers-too-large", "The headers are too large."),
        500 => ("internal-error", "Something went wrong on our side."),
        502 => ("bad-gateway", "A service gave no valid answer."),
        503 => ("unavailable", "The service is not available now."),
        504 => ("gateway-timeout", "A service did not answer in time."),
        < 500 => ("client-error", "The request cannot be served."),
        _ => ("server-error", "The request could not be served."),
    };
}
