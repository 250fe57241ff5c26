using Microsoft.AspNetCore.Http.Features;

namespace Kampung.Gateway;

/// <summary>Holds back the body of an answer, so that it can be looked at as a whole before anything of it goes out.</summary>
static class CapturedAnswer
{
    public static async Task<MemoryStream> Capture(HttpContext http, RequestDelegate next)
    {
        var outside = http.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        var body = new MemoryStream();
        http.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(body));
        try
        {
            await next(http);
            await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
        }
        finally
        {
            http.Features.Set(outside);
        }
        return body;
    }

    // An answer that can have no body may not even be given an empty one.
    public static Task Release(HttpContext http, MemoryStream body) => body.Length == 0 ? Task.CompletedTask : http.Response.Body.WriteAsync(body.GetBuffer(), 0, (int)body.Length, http.RequestAborted);
}
