using System.Text.Json;
using System.Xml;
using Kampung.Gateway.Validation;
using Kampung.ServiceDefaults;
using Microsoft.Net.Http.Headers;

namespace Kampung.Gateway.Xml;

/// <summary>
/// Answers in XML to clients that ask for it: an object's properties are elements, an array's values elements <c>item</c>, null is <c>xsi:nil</c>. Problem details are
/// application/problem+xml (RFC 9457, appendix B). The services speak JSON only. Who accepts neither, where JSON is what there is, is answered 406.
/// </summary>
static class XmlAnswers
{
    const string Xml = "application/xml", ProblemXml = "application/problem+xml", ProblemNamespace = "urn:ietf:rfc:7807";
    static readonly string[] XmlTypes = [Xml, "text/xml", ProblemXml];
    static readonly string[] JsonTypes = ["application/json", "application/problem+json"];

    static readonly XmlWriterSettings Settings = new() { Async = true, Encoding = new System.Text.UTF8Encoding(false), CheckCharacters = true };

    public static Task Write(HttpContext http, RequestDelegate next)
    {
        var accepted = http.Request.Headers.Accept;
        // Most clients take what there is.
        if (accepted is [] or ["*/*"] or ["application/json"] || http.Request.Path.StartsWithSegments(OutsideWorld.Identity))
            return next(http);
        var accept = http.Request.GetTypedHeaders().Accept;
        return WantsXml(accept) && http.GetEndpoint()?.Metadata.GetMetadata<RouteRules>() is not { Stream: true } ? Convert(http, next) : next(http);
    }

    public static Task RefuseOthers(HttpContext http, RequestDelegate next)
    {
        var accepted = http.Request.Headers.Accept;
        return accepted is [] or ["*/*"] or ["application/json"] || http.Request.GetTypedHeaders().Accept.Any(type => IsJson(type) || IsXml(type))
            || http.RequestServices.GetRequiredService<Contracts>().Find(http) is not { AnswersJson: true }
            ? next(http) : Problems.Of(StatusCodes.Status406NotAcceptable, "There is JSON and XML here.").ExecuteAsync(http);
    }

    /// <summary>Not by <c>*/*</c>, and not a browser, which lists XML beside pages.</summary>
    static bool WantsXml(IList<MediaTypeHeaderValue> accept)
    {
        var xml = accept.Where(IsXml).Max(Quality);
        var json = accept.Where(type => JsonTypes.Contains(type.MediaType.Value, StringComparer.OrdinalIgnoreCase)).Max(Quality);
        var any = accept.Where(type => type.MatchesAllSubTypes && IsJson(type)).Max(Quality);
        return xml > 0 && xml > (json ?? 0) && xml >= (json ?? any ?? 0) && !accept.Any(type => type.MediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase));
    }

    static double? Quality(MediaTypeHeaderValue type) => type.Quality ?? 1;

    static bool IsXml(MediaTypeHeaderValue type) => XmlTypes.Contains(type.MediaType.Value, StringComparer.OrdinalIgnoreCase) && type.Quality != 0;

    static bool IsJson(MediaTypeHeaderValue type) =>
        (type.MatchesAllTypes || type.MediaType.Equals("application/*", StringComparison.OrdinalIgnoreCase) || JsonTypes.Contains(type.MediaType.Value, StringComparer.OrdinalIgnoreCase))
        && type.Quality != 0;

    static async Task Convert(HttpContext http, RequestDelegate next)
    {
        using var body = await CapturedAnswer.Capture(http, next);
        var headers = http.Response.Headers;
        var isProblem = headers.ContentType.ToString().StartsWith("application/problem+json", StringComparison.OrdinalIgnoreCase);
        // It names the JSON byte by byte.
        if (headers.ETag is [{ } tag] && tag.StartsWith('"')) headers.ETag = $"W/{tag}";
        if ((!isProblem && !headers.ContentType.ToString().StartsWith("application/json", StringComparison.OrdinalIgnoreCase)) || await ToXml(body, isProblem) is not { } xml)
        {
            await CapturedAnswer.Release(http, body);
            return;
        }
        headers.ContentType = $"{(isProblem ? ProblemXml : Xml)}; charset=utf-8";
        headers.ContentLength = xml.Length;
        await CapturedAnswer.Release(http, xml);
    }

    static async Task<MemoryStream?> ToXml(MemoryStream body, bool isProblem)
    {
        try
        {
            using var json = JsonDocument.Parse(body.GetBuffer().AsMemory(0, (int)body.Length));
            var xml = new MemoryStream();
            await using var writer = XmlWriter.Create(xml, Settings);
            writer.WriteStartElement(isProblem ? "problem" : "answer", isProblem ? ProblemNamespace : "");
            writer.WriteAttributeString("xmlns", "xsi", null, XmlBody.Instance);
            Write(writer, json.RootElement, isProblem);
            writer.WriteEndElement();
            await writer.FlushAsync();
            return xml;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null; // cut off, or no text: it is passed on as it came
        }
    }

    static void Write(XmlWriter writer, JsonElement json, bool isProblem)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in json.EnumerateObject()) Element(XmlConvert.EncodeLocalName(property.Name)!, property.Value);
                break;
            case JsonValueKind.Array:
                foreach (var value in json.EnumerateArray()) Element(isProblem ? "i" : "item", value);
                break;
            case JsonValueKind.Null:
                writer.WriteAttributeString("nil", XmlBody.Instance, "true");
                break;
            case JsonValueKind.String:
                writer.WriteString(Printable(json.GetString()!));
                break;
            default:
                writer.WriteString(json.GetRawText());
                break;
        }

        void Element(string name, JsonElement value)
        {
            writer.WriteStartElement(name, isProblem ? ProblemNamespace : "");
            Write(writer, value, isProblem);
            writer.WriteEndElement();
        }
    }

    // JSON can hold characters that XML cannot.
    static string Printable(string text) =>
        text.All(c => XmlConvert.IsXmlChar(c) || char.IsSurrogate(c)) ? text : string.Concat(text.Select(c => XmlConvert.IsXmlChar(c) || char.IsSurrogate(c) ? c : '\ufffd'));
}
