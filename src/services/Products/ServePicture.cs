using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Products;

/// <summary>GET /products/pictures/{name}.svg: the drawings of the demo catalogue.</summary>
static class ServePicture
{
    static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Catalogue", "pictures");

    public static void MapServePicture(this RouteGroupBuilder products) =>
        products.MapGet("/pictures/{name:regex(^[a-z0-9-]+$)}.svg", Handle).WithName("ServePicture");

    static Results<PhysicalFileHttpResult, ProblemHttpResult> Handle(string name, HttpResponse response)
    {
        var file = Path.Combine(Folder, name + ".svg");
        if (!File.Exists(file)) return Problems.NotFound("picture", name);

        response.Headers.CacheControl = "public, max-age=86400";
        response.Headers.ContentSecurityPolicy = "default-src 'none'";   // an SVG opened by itself is a page that could run scripts
        response.Headers.XContentTypeOptions = "nosniff";
        return TypedResults.PhysicalFile(file, "image/svg+xml", lastModified: File.GetLastWriteTimeUtc(file));
    }
}
