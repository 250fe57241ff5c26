using Kampung.ServiceDefaults;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Kampung.Gateway;

/// <summary>
/// The web app, from the folder <c>Web:Root</c> that it was built into. Its pages are all index.html, which is asked for anew each time; what lies in /assets has
/// its content's hash in its name, and may be kept for ever. Without the setting there is no web app here.
/// </summary>
sealed class WebApp(IConfiguration configuration, IOptions<AuthOptions> auth) : IDisposable
{
    const string Index = "/index.html", Silent = "/silent-callback";

    // What the API, sign-in and each process's own endpoints lie under is no page, also where it does not exist.
    static readonly string[] NotPages = ["/api", "/identity", "/assets", "/health", "/metrics", "/openapi"];

    // The codings that the build leaves beside a file, the better one first.
    static readonly (string Coding, string Extension)[] Compressed = [("br", ".br"), ("gzip", ".gz")];

    static readonly Dictionary<string, string> ContentTypes = new(StringComparer.OrdinalIgnoreCase)
    {
        [".html"] = "text/html; charset=utf-8", [".js"] = "text/javascript; charset=utf-8", [".css"] = "text/css; charset=utf-8",
        [".svg"] = "image/svg+xml", [".png"] = "image/png", [".woff2"] = "font/woff2", [".json"] = "application/json", [".webmanifest"] = "application/manifest+json",
        [".txt"] = "text/plain; charset=utf-8",
    };

    readonly PhysicalFileProvider? files = configuration["Web:Root"] is { Length: > 0 } root ? new(Path.GetFullPath(root)) : null;
    readonly string authority = auth.Value.Authority?.ToString().TrimEnd('/') ?? OutsideWorld.Identity;

    public Task Serve(HttpContext http, RequestDelegate next)
    {
        if (files is null || !(HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method)) || FileOf(http) is not { } path)
            return next(http);
        var file = files.GetFileInfo(path);
        return !file.Exists || file.IsDirectory || !ContentTypes.TryGetValue(Path.GetExtension(file.Name), out var type)
            ? next(http) : Send(http, path, file, type, files);
    }

    async Task Send(HttpContext http, string path, IFileInfo file, string type, PhysicalFileProvider files)
    {
        var isPage = type.StartsWith("text/html", StringComparison.Ordinal);
        var headers = http.Response.Headers;
        headers.CacheControl = path.StartsWith("/assets/", StringComparison.Ordinal) ? "public, max-age=31536000, immutable" : "no-cache";
        if (isPage)
        {
            headers.ContentSecurityPolicy = Policy(framed: path == $"{Silent}.html");
            if (path == $"{Silent}.html") headers.XFrameOptions = "SAMEORIGIN";
            // Whose tokens count is known here only.
            var page = (await ReadAsync(file, http.RequestAborted)).Replace("content=\"/identity\"", $"content=\"{authority}\"", StringComparison.Ordinal);
            await TypedResults.Text(page, type).ExecuteAsync(http);
            return;
        }
        headers.Append(HeaderNames.Vary, HeaderNames.AcceptEncoding);
        var accepted = http.Request.Headers.AcceptEncoding.ToString();
        foreach (var (coding, extension) in Compressed)
        {
            if (!accepted.Contains(coding, StringComparison.OrdinalIgnoreCase) || files.GetFileInfo(path + extension) is not { Exists: true } smaller) continue;
            (file, headers.ContentEncoding) = (smaller, coding);
            break;
        }
        var tag = new EntityTagHeaderValue($"\"{file.LastModified.UtcTicks:x}-{file.Length:x}\"");
        await TypedResults.PhysicalFile(file.PhysicalPath!, type, lastModified: file.LastModified, entityTag: tag).ExecuteAsync(http);
    }

    /// <summary>Null for what is none of the web app's business.</summary>
    static string? FileOf(HttpContext http)
    {
        var path = http.Request.Path.Value!;
        if (path is Silent) return $"{Silent}.html";
        if (path is "/" ? !WantsPage(http) : http.GetEndpoint() is not null) return null;
        if (path.StartsWith("/assets/", StringComparison.Ordinal) || (Path.HasExtension(path) && path.LastIndexOf('/') == 0)) return path;
        return !NotPages.Any(prefix => http.Request.Path.StartsWithSegments(prefix)) && WantsPage(http) ? Index : null;
    }

    static bool WantsPage(HttpContext http) => http.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    // Nothing inline, nothing from elsewhere, but pictures: an imported catalogue's are where its owner keeps them.
    string Policy(bool framed)
    {
        var issuer = Uri.TryCreate(authority, UriKind.Absolute, out var address) ? $" {address.GetLeftPart(UriPartial.Authority)}" : "";
        return $"default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' https: data:; connect-src 'self'{issuer}; frame-src 'self'{issuer}; "
            + $"object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors {(framed ? "'self'" : "'none'")}";
    }

    static async Task<string> ReadAsync(IFileInfo file, CancellationToken ct)
    {
        using var reader = new StreamReader(file.CreateReadStream());
        return await reader.ReadToEndAsync(ct);
    }

    public void Dispose() => files?.Dispose();
}
