using System.Text.Json;
using System.Xml;
using Kampung.Gateway.Xml;
using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Gateway.Validation;

/// <summary>
/// Holds a request against the OpenAPI document of the service that it is for, before anything goes inside: query parameters, content type, and for JSON the
/// whole body. What a service does not describe passes as it is; what a value means is the service's affair.
/// </summary>
sealed class RequestValidation(RouteTable table, Contracts contracts, HeldBodies bodies)
{
    const string Json = "application/json";

    // Most requests are GET without a query: nothing could be wrong with them that the route has not seen.
    public Task Check(HttpContext http, RequestDelegate next) =>
        !table.Settings.Validation.Enabled || (!http.Request.QueryString.HasValue && HttpMethods.IsGet(http.Request.Method)) || contracts.Find(http) is not { } operation
            ? next(http) : Check(http, operation, next);

    async Task Check(HttpContext http, Operation operation, RequestDelegate next)
    {
        var problem = Query(http.Request, operation) ?? await Body(http, operation);
        await (problem is null ? next(http) : problem.ExecuteAsync(http));
    }

    static ProblemHttpResult? Query(HttpRequest request, Operation operation)
    {
        if (operation.Query.Count == 0 || request.Query.Count == 0)
            return null;
        var errors = new Dictionary<string, string[]>();
        foreach (var (name, schema) in operation.Query)
            foreach (var value in request.Query[name])
                if (!string.IsNullOrEmpty(value) && !JsonCheck.IsValid(value, schema)) errors[name] = ["cannot be read: it has the wrong type or format, or is out of range"];
        return errors.Count == 0 ? null : Problems.Validation(errors);
    }

    async Task<ProblemHttpResult?> Body(HttpContext http, Operation operation)
    {
        var request = http.Request;
        if (operation.Bodies.Count == 0)
            return null;
        var hasBody = request.ContentLength > 0 || request.Headers.TransferEncoding.Count > 0;
        if (!hasBody)
            return operation.NeedsBody ? Problems.BadRequest("A body is needed.") : null;
        var media = request.GetTypedHeaders().ContentType?.MediaType.Value;
        var isXml = media is not null && XmlBody.IsXml(media);
        if (media is null || !operation.Bodies.TryGetValue(isXml ? Json : media, out var schema))
            return Problems.Of(StatusCodes.Status415UnsupportedMediaType, $"The body must be {string.Join(" or ", operation.Bodies.Keys)}.");
        if (!isXml && !media.Equals(Json, StringComparison.OrdinalIgnoreCase))
            return null;
        // A service reads what it is told; what is checked here is UTF-8.
        var charset = request.GetTypedHeaders().ContentType!.Charset;
        if ((charset.HasValue && !charset.Value.Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase)) || request.Headers.ContentEncoding.Count > 0)
            return Problems.Of(StatusCodes.Status415UnsupportedMediaType, "The body must be in UTF-8, and not encoded otherwise.");
        return await JsonBody(http, schema, isXml);
    }

    async Task<ProblemHttpResult?> JsonBody(HttpContext http, Schema schema, bool isXml)
    {
        var (body, refused) = await bodies.ReadAsync(http);
        if (refused is not null) return refused;
        try
        {
            if (isXml)
            {
                body = XmlBody.ToJson(body, schema);
                http.Request.ContentType = Json;
                http.Request.Headers.TransferEncoding = default;
                http.Request.ContentLength = body.Length;
            }
            var errors = JsonCheck.Check(body.GetBuffer().AsSpan(0, (int)body.Length), schema);
            if (errors.Count > 0) return errors.ContainsKey("") ? NotUnderstood(isXml) : Problems.Validation(errors);
        }
        catch (Exception e) when (e is JsonException or XmlException or FormatException)
        {
            return NotUnderstood(isXml);
        }
        http.Request.Body = body;
        return null;
    }

    static ProblemHttpResult NotUnderstood(bool isXml) => Problems.BadRequest($"The body is not the {(isXml ? "XML" : "JSON")} that is expected here.");
}
