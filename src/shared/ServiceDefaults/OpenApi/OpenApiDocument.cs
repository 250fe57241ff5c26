using System.Globalization;
using System.Reflection;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.OpenApi;

namespace Kampung.ServiceDefaults.OpenApi;

/// <summary>What /openapi/v1.json says beyond what ASP.NET Core finds out by itself.</summary>
static class OpenApiDocument
{
    public static void AddOpenApiDocument(this WebApplicationBuilder builder) => builder.Services.AddOpenApi(options =>
    {
        options.CreateSchemaReferenceId = NameOf;
        options.AddSchemaTransformer((schema, context, _) =>
        {
            // Amounts are exact decimals; "double" would invite clients to round.
            if ((Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type) == typeof(decimal)) schema.Format = "decimal";
            return Task.CompletedTask;
        });
        options.AddDocumentTransformer((document, _, _) =>
        {
            if (!document.Paths.Values.Any(path => path.Operations?.Values.Any(operation => operation.Security is not null) == true)) return Task.CompletedTask;
            document.Components ??= new();
            document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
            {
                [Bearer] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", BearerFormat = "JWT", Description = "An access token of identity-service, or of whatever issuer the village trusts." },
            };
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            var handler = context.Description.ActionDescriptor.EndpointMetadata.OfType<MethodInfo>().FirstOrDefault();
            bool Takes(Type type) => handler?.GetParameters().Any(parameter => parameter.ParameterType == type) == true;
            operation.Security = RolesFor(context.Description.ActionDescriptor.EndpointMetadata)
                .Select(role => new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, context.Document)] = [role] }).ToList() is { Count: > 0 } any ? any : null;
            if (Takes(typeof(Paging))) AddPaging(operation, Paging.DefaultLimit, Paging.MaxLimit);
            if (Takes(typeof(AuditPaging))) AddPaging(operation, AuditPaging.MaxLimit, AuditPaging.MaxLimit);
            operation.Responses ??= [];
            operation.Responses["default"] = new OpenApiResponse
            {
                Description = "What went wrong: problem details (RFC 9457).",
                Content = new Dictionary<string, OpenApiMediaType> { ["application/problem+json"] = new() },
            };
            return Task.CompletedTask;
        });
    });

    /// <summary>Says at start what else the process answers, so that nothing escapes those who go by the document.</summary>
    public static void LogUndescribed(this WebApplication app)
    {
        if (!app.ChecksTokens()) return;
        var beside = ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>().Where(endpoint => !IsDescribed(endpoint))
            .Select(endpoint => $"/{endpoint.RoutePattern.RawText?.TrimStart('/')}").Distinct().Order(StringComparer.Ordinal);
        app.Logger.LogInformation("Beside its OpenAPI document, this process answers {Endpoints}", string.Join(' ', beside));
    }

    // As ASP.NET Core's ApiExplorer decides it.
    static bool IsDescribed(Endpoint endpoint) => endpoint.Metadata.GetMetadata<MethodInfo>() is not null && endpoint.Metadata.GetMetadata<IHttpMethodMetadata>() is not null
        && endpoint.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is not { ExcludeFromDescription: true };

    const string Bearer = "bearer";

    /// <summary>Any one of them will do, so each is a requirement of its own (OpenAPI 3.1, 4.8.30). None: it is open to everybody.</summary>
    static string[] RolesFor(IList<object> metadata) =>
        metadata.OfType<IAllowAnonymous>().Any() ? [] : metadata.OfType<IAuthorizeData>().LastOrDefault()?.Roles?.Split(',') ?? [];

    /// <summary>Use cases nest their records, so that PlaceOrder.Request and QuoteLines.Request are two schemas and need two names.</summary>
    static string? NameOf(JsonTypeInfo type)
    {
        var name = OpenApiOptions.CreateDefaultSchemaReferenceId(type);
        return name is not null && type.Type is { IsGenericType: false, DeclaringType: { } outer } ? outer.Name + name : name;
    }

    static void AddPaging(OpenApiOperation operation, int limit, int maxLimit)
    {
        operation.Parameters ??= [];
        operation.Parameters.Add(new OpenApiParameter
        {
            Name = "limit",
            In = ParameterLocation.Query,
            Schema = new OpenApiSchema
            {
                Type = JsonSchemaType.Integer,
                Minimum = "1",
                Maximum = maxLimit.ToString(CultureInfo.InvariantCulture),
                Default = limit,
            },
        });
        operation.Parameters.Add(new OpenApiParameter
        {
            Name = "cursor",
            In = ParameterLocation.Query,
            Description = "What the page before gave as next.",
            Schema = new OpenApiSchema { Type = JsonSchemaType.String },
        });
    }
}
