namespace Kampung.Identity.Pages;

static class Style
{
    public static void MapStyle(this IEndpointRouteBuilder app)
    {
        using var file = new StreamReader(typeof(Style).Assembly.GetManifestResourceStream("style.css")!);
        var css = file.ReadToEnd();
        app.MapGet("/style.css", (HttpContext http) =>
        {
            http.Response.Headers.CacheControl = "public, max-age=3600";
            http.Response.Headers.XContentTypeOptions = "nosniff";
            return Results.Content(css, "text/css; charset=utf-8");
        }).ExcludeFromDescription();
    }
}
