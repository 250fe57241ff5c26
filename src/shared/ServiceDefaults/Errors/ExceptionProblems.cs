using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Kampung.ServiceDefaults.Errors;

/// <summary>Which problem an exception is for the caller. Those known here are answers, not accidents, and are not logged as unhandled.</summary>
sealed partial class ExceptionProblems(ILogger<ExceptionProblems> log) : IExceptionHandler
{
    // What nginx logs for a client that went away; nobody reads it.
    const int ClientClosedRequest = 499;

    static readonly TimeSpan RetryAfterDatabase = TimeSpan.FromSeconds(2);

    internal static bool IsExpected(ExceptionHandlerSuppressDiagnosticsContext context) =>
        context.HttpContext.RequestAborted.IsCancellationRequested || Describe(context.Exception) is not null;

    public async ValueTask<bool> TryHandleAsync(HttpContext http, Exception exception, CancellationToken ct)
    {
        if (http.RequestAborted.IsCancellationRequested)
        {
            http.Response.StatusCode = ClientClosedRequest;
            return true;
        }

        var problem = Describe(exception);
        if (problem?.StatusCode == StatusCodes.Status503ServiceUnavailable)
            log.LogWarning("{Method} {Path} is answered 503: {Reason}", http.Request.Method, http.Request.Path.Value, exception.Message);
        await (problem ?? Problems.Of(500)).ExecuteAsync(http);
        return true;
    }

    static ProblemHttpResult? Describe(Exception exception) => exception switch
    {
        BadHttpRequestException { InnerException: JsonException json } => Malformed(json),
        BadHttpRequestException bad => Problems.Of(bad.StatusCode, bad.Message),
        IOException { InnerException: OverflowException } => Problems.BadRequest("The size of a chunk is past every number."), // Kestrel's, of a chunked body
        ServiceUnavailableException down => Problems.Unavailable(down.Service, down.RetryAfter),
        _ => OfDatabase(exception),
    };

    static ProblemHttpResult? OfDatabase(Exception exception)
    {
        for (var inner = exception; inner is not null; inner = inner.InnerException)
            switch (inner)
            {
                // Text that PostgreSQL cannot hold: the character NUL, or an escape in jsonb that is no character.
                case PostgresException { SqlState: PostgresErrorCodes.CharacterNotInRepertoire or PostgresErrorCodes.UntranslatableCharacter }:
                    return Problems.BadRequest("The request contains a character that cannot be stored.");
                case NpgsqlException { IsTransient: true }:
                    return Problems.Unavailable("database", RetryAfterDatabase);
            }
        return null;
    }

    static ProblemHttpResult Malformed(JsonException json)
    {
        var path = json.Path?.TrimStart('$').TrimStart('.') ?? "";
        if (MissingMembers().Match(json.Message) is { Success: true } missing)
            return Problems.Validation(MemberNames().Matches(missing.Value)
                .Select(name => KeyValuePair.Create(path.Length == 0 ? name.Groups[1].Value : $"{path}.{name.Groups[1].Value}", (string[])["is required"])));
        if (path.Length > 0)
            return Problems.Validation(path, "cannot be read: it has the wrong type or format");
        return Problems.BadRequest("The body is not the JSON that is expected here.");
    }

    // System.Text.Json tells the names of required members that are missing only in its message.
    [GeneratedRegex("missing required properties including: .*")]
    private static partial Regex MissingMembers();

    [GeneratedRegex("'([^']+)'")]
    private static partial Regex MemberNames();
}
