using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Gateway;

/// <summary>
/// Refuses requests that two readers could understand differently, where Kestrel understands one of the ways and goes on: where the body ends (RFC 9112, 6.1 and 6.3),
/// lines that end with LF only, control characters in the target. The connection ends with the refusal, so that nothing behind it is taken for a request.
/// </summary>
static class ClearRequests
{
    // Where Kestrel puts a Content-Length that chunks overrule.
    const string OverruledLength = "X-Content-Length";

    /// <summary>Before Kestrel starts.</summary>
    public static void RefuseBareLineFeeds() => AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", true);

    public static Task Check(HttpContext http, RequestDelegate next)
    {
        // Nothing here speaks another protocol, and a service must not be asked to.
        if (http.Request.Headers.Upgrade.Count > 0) http.Features.Set<IHttpUpgradeFeature>(null);
        if (Unclear(http) is not { } problem)
            return next(http);
        http.Response.Headers.Connection = "close";
        return problem.ExecuteAsync(http);
    }

    static ProblemHttpResult? Unclear(HttpContext http)
    {
        var request = http.Request;
        if (request.Headers.TransferEncoding.Count > 0 && !HasClearEnd(request))
            return Problems.BadRequest("It is not clear where the body ends.");
        // The path is decoded: the end of a line would pass for the end of the text in a route's constraint.
        if (HasControls(http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget, upTo: ' ') || HasControls(request.Path.Value, upTo: '\x1f'))
            return Problems.BadRequest("The target contains a control character.");
        return request.Headers.Expect is [var expect] && !"100-continue".Equals(expect, StringComparison.OrdinalIgnoreCase) ? Problems.Of(StatusCodes.Status417ExpectationFailed) : null;
    }

    static bool HasClearEnd(HttpRequest request) =>
        request.Headers.TransferEncoding is [var coding] && "chunked".Equals(coding, StringComparison.OrdinalIgnoreCase)
        && HttpProtocol.IsHttp11(request.Protocol) && !request.Headers.ContainsKey(OverruledLength);

    static bool HasControls(string? text, char upTo) => text.AsSpan().IndexOfAnyInRange('\0', upTo) >= 0;
}
