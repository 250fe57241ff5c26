using System.Security.Cryptography;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Kampung.Gateway.Caching;

/// <summary>An answer that may be given again, with what names it (RFC 9110, 8.8.3).</summary>
sealed record CachedAnswer(byte[] Body, KeyValuePair<string, StringValues>[] Headers, string ETag, string CacheControl, DateTimeOffset StoredAt)
{
    const int LargestBody = 1024 * 1024;

    // Whoever has a copy asks each time whether it is still good: the answer to that costs next to nothing, and no change goes unseen.
    const string AskAgain = "public, no-cache";

    static readonly string[] Kept = [HeaderNames.ContentType, HeaderNames.ContentLanguage, HeaderNames.Vary, HeaderNames.Link, HeaderNames.ContentSecurityPolicy];
    static readonly string[] HandledVary = [HeaderNames.Accept, HeaderNames.AcceptEncoding, HeaderNames.Origin];

    /// <summary>What it takes in memory, about, in bytes.</summary>
    public long Size => Body.Length + 1024;

    /// <summary>The service's answer, if it may be kept: 200, whole, for everybody, and not forbidden by the service.</summary>
    public static CachedAnswer? Of(HttpResponse answer, MemoryStream body, DateTimeOffset now)
    {
        var headers = answer.Headers;
        var control = answer.GetTypedHeaders().CacheControl;
        if (answer.StatusCode != StatusCodes.Status200OK || body.Length > LargestBody
            || control is { NoStore: true } or { Private: true } || headers.SetCookie.Count > 0 || headers.ContentEncoding.Count > 0
            || headers.GetCommaSeparatedValues(HeaderNames.Vary).Except(HandledVary, StringComparer.OrdinalIgnoreCase).Any())
            return null;
        var bytes = body.ToArray();
        return new(
            bytes, [.. headers.Where(header => Kept.Contains(header.Key, StringComparer.OrdinalIgnoreCase))],
            headers.ETag is [{ Length: > 0 } tag] ? tag : $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes), 0, 16)}\"",
            headers.CacheControl is [{ Length: > 0 } said] ? said : AskAgain, now);
    }

    public Task WriteAsync(HttpContext http, TimeSpan age, string status)
    {
        var (request, answer) = (http.Request, http.Response);
        foreach (var (name, value) in Headers) answer.Headers[name] = value;
        answer.Headers.ETag = ETag;
        answer.Headers.CacheControl = CacheControl;
        answer.Headers["Cache-Status"] = status;
        if (age >= TimeSpan.FromSeconds(1)) answer.Headers.Age = ((int)age.TotalSeconds).ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (request.Headers.IfNoneMatch is { Count: > 0 } known && Matches(known))
        {
            answer.StatusCode = StatusCodes.Status304NotModified;
            answer.Headers.Remove(HeaderNames.ContentType);
            return Task.CompletedTask;
        }
        answer.StatusCode = StatusCodes.Status200OK;
        answer.ContentLength = Body.Length;
        return answer.Body.WriteAsync(Body, 0, Body.Length, http.RequestAborted);
    }

    bool Matches(StringValues known) =>
        (known.Count == 1 && known[0] == ETag)
        || (EntityTagHeaderValue.TryParseList(known, out var tags)
            && tags.Any(tag => tag == EntityTagHeaderValue.Any || tag.Compare(EntityTagHeaderValue.Parse(ETag), useStrongComparison: false)));
}
