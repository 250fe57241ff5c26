using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Routing.Patterns;
using Yarp.ReverseProxy.Model;

namespace Kampung.Gateway.Validation;

/// <summary>What a service expects of a request.</summary>
/// <param name="Query">By name.</param>
/// <param name="Bodies">The schema by media type; empty: no body is expected.</param>
/// <param name="AnswersJson">Whether what it gives, when it gives something, is JSON.</param>
sealed record Operation(IReadOnlyDictionary<string, Schema> Query, IReadOnlyDictionary<string, Schema> Bodies, bool NeedsBody, bool AnswersJson);

/// <summary>The services' OpenAPI documents, as they are under contracts/http: each read when it is first needed.</summary>
sealed class Contracts
{
    readonly ConcurrentDictionary<string, Lazy<IReadOnlyDictionary<(string Method, string Path), Operation>>> services = new();
    readonly ConcurrentDictionary<(string Service, string Method, string Path), Operation?> found = new();

    /// <summary>The operation that a request is for.</summary>
    public Operation? Find(HttpContext http)
    {
        if (http.GetEndpoint() is not { Metadata: var metadata } || metadata.GetMetadata<RouteModel>() is not { Config: var route }) return null;
        var path = metadata.GetMetadata<RouteRules>() is { Checkout: true } ? "/orders" : OutsideWorld.InDocument(route.Match.Path!);
        return Find(route.ClusterId!, http.Request.Method, path);
    }

    /// <param name="service">Its name in the registry.</param>
    /// <param name="path">Of a route inside, such as <c>/orders/{id:guid}</c>.</param>
    /// <returns>Null when the service has no document, or does not say.</returns>
    public Operation? Find(string service, string method, string path) => found.GetOrAdd((service, method, path), key =>
        services.GetOrAdd(key.Service, name => new(() => Read(name))).Value.GetValueOrDefault((key.Method, Shape(key.Path))));

    /// <summary>Every operation of a service, by method and shape.</summary>
    public static IReadOnlyDictionary<(string Method, string Path), Operation> Read(string service)
    {
        using var file = typeof(Contracts).Assembly.GetManifestResourceStream($"{service}.openapi.json");
        if (file is null)
            return new Dictionary<(string, string), Operation>();
        using var document = JsonDocument.Parse(file);
        var schemas = SchemasIn(document.RootElement);
        return (from path in document.RootElement.GetProperty("paths").EnumerateObject()
                from operation in path.Value.EnumerateObject()
                select KeyValuePair.Create((operation.Name.ToUpperInvariant(), Shape(path.Name)), Read(operation.Value, schemas))).ToDictionary();
    }

    static Func<string, Schema> SchemasIn(JsonElement document)
    {
        const string Prefix = "#/components/schemas/";
        var byName = new Dictionary<string, Schema>();
        var definitions = document.TryGetProperty("components", out var components) && components.TryGetProperty("schemas", out var schemas) ? schemas : default;
        return Find;

        Schema Find(string reference)
        {
            var name = reference.StartsWith(Prefix, StringComparison.Ordinal) ? reference[Prefix.Length..] : throw new NotSupportedException($"The reference {reference} leads out of the document.");
            if (byName.TryGetValue(name, out var known)) return known;
            var schema = byName[name] = new Schema(); // there before it is read, since it may contain itself
            return schema.Read(definitions.GetProperty(name), Find);
        }
    }

    static Operation Read(JsonElement operation, Func<string, Schema> find)
    {
        var query = new Dictionary<string, Schema>(StringComparer.OrdinalIgnoreCase);
        if (operation.TryGetProperty("parameters", out var parameters))
            foreach (var parameter in parameters.EnumerateArray().Where(parameter => parameter.GetProperty("in").GetString() == "query"))
                query[parameter.GetProperty("name").GetString()!] = Schema.Of(parameter.GetProperty("schema"), find);
        var answersJson = operation.GetProperty("responses").EnumerateObject()
            .Any(answer => answer.Name.StartsWith('2') && answer.Value.TryGetProperty("content", out var content) && content.TryGetProperty("application/json", out _));
        if (!operation.TryGetProperty("requestBody", out var body))
            return new(query, new Dictionary<string, Schema>(), NeedsBody: false, answersJson);
        var bodies = body.GetProperty("content").EnumerateObject().Where(media => media.Value.TryGetProperty("schema", out _))
            .ToDictionary(media => media.Name, media => Schema.Of(media.Value.GetProperty("schema"), find), StringComparer.OrdinalIgnoreCase);
        return new(query, bodies, NeedsBody: body.TryGetProperty("required", out var required) && required.GetBoolean(), answersJson);
    }

    /// <summary>A path with its parameters' names and constraints left out, by which a route and an operation are the same.</summary>
    public static string Shape(string path) =>
        "/" + string.Join('/', RoutePatternFactory.Parse(path).PathSegments.Select(segment => string.Concat(segment.Parts.Select(part => part is RoutePatternLiteralPart literal ? literal.Content : "{}"))));
}
