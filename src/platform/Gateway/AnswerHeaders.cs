using Kampung.Gateway.Limits;

namespace Kampung.Gateway;

/// <summary>What every answer says, whoever gives it. It is written as the answer starts, since whoever explains a failure clears the headers first.</summary>
static class AnswerHeaders
{
    // What browsers are asked to be careful about (OWASP Secure Headers Project). A service that says otherwise, such as identity-service of its pages, is heeded.
    static readonly (string Name, string Value)[] Security =
    [
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "DENY"),
        ("Referrer-Policy", "strict-origin-when-cross-origin"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(), geolocation=(), microphone=()"),
    ];

    // An answer of the API is data: nothing in it may be run, should a browser take it for a page.
    const string DataOnly = "default-src 'none'; frame-ancestors 'none'";

    public static Task Write(HttpContext http, RequestDelegate next)
    {
        http.Response.OnStarting(
            static state =>
            {
                var http = (HttpContext)state;
                RateLimitFields.Write(http);
                var headers = http.Response.Headers;
                foreach (var (name, value) in Security) headers.TryAdd(name, value);
                if (!http.Request.Path.StartsWithSegments(OutsideWorld.Identity))
                {
                    headers.TryAdd("Content-Security-Policy", DataOnly);
                    headers.Append("Vary", "Accept"); // there is XML, too
                }
                if (http.Request.IsHttps) headers.TryAdd("Strict-Transport-Security", "max-age=31536000");
                return Task.CompletedTask;
            }, http);
        return next(http);
    }
}
