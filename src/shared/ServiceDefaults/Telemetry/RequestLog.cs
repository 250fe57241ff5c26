using System.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Kampung.ServiceDefaults.Telemetry;

/// <summary>One line a request, once it is answered; housekeeping only at Debug.</summary>
sealed partial class RequestLog(RequestDelegate next, HousekeepingPaths housekeeping, ILogger<RequestLog> log)
{
    public async Task InvokeAsync(HttpContext http)
    {
        var start = Stopwatch.GetTimestamp();
        try
        {
            await next(http);
        }
        finally
        {
            var level = housekeeping.Contain(http.Request.Path) ? LogLevel.Debug : LogLevel.Information;
            Answered(level, http.Request.Method, http.Request.Path.Value, http.Response.StatusCode, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
    }

    [LoggerMessage("{Method} {Path} answered {StatusCode} in {Elapsed:0.0} ms")]
    partial void Answered(LogLevel level, string method, string? path, int statusCode, double elapsed);
}
