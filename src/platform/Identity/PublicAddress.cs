using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace Kampung.Identity;

/// <summary>Requests as this process wants to see them.</summary>
static class PublicAddress
{
    const long MaxFormBytes = 64 * 1024;

    /// <summary>Every request came to the public address, whatever it says of itself: a forged Host or X-Forwarded-Host gets into no link and no redirect.</summary>
    public static void UsePublicAddress(this WebApplication app)
    {
        var issuer = app.Services.GetRequiredService<IOptions<IssuerOptions>>().Value.Issuer;
        var host = HostString.FromUriComponent(issuer);
        var prefix = new PathString(issuer.AbsolutePath.TrimEnd('/'));
        app.Use((http, next) =>
        {
            (http.Request.Scheme, http.Request.Host) = (issuer.Scheme, host);
            if (prefix.HasValue && http.Request.Path.StartsWithSegments(prefix, out var rest)) http.Request.Path = rest;
            http.Request.PathBase = prefix;
            return next(http);
        });
    }

    /// <summary>Reads forms before anybody else does: one that is too large or has too many fields is the sender's mistake, and is told so.</summary>
    public static void UseFormLimits(this WebApplication app) => app.Use(async (http, next) =>
    {
        if (http.Request.HasFormContentType)
        {
            if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit) limit.MaxRequestBodySize = MaxFormBytes;
            try
            {
                await http.Request.ReadFormAsync(http.RequestAborted);
            }
            catch (Exception e) when (e is InvalidDataException or IOException and not BadHttpRequestException)
            {
                await Problems.BadRequest("The form cannot be read.").ExecuteAsync(http);
                return;
            }
        }
        await next(http);
    });
}
