using Kampung.ServiceDefaults.Configuration;
using Kampung.ServiceDefaults.Data;
using Kampung.ServiceDefaults.Discovery;
using Kampung.ServiceDefaults.Errors;
using Kampung.ServiceDefaults.Health;
using Kampung.ServiceDefaults.OpenApi;
using Kampung.ServiceDefaults.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Kampung.ServiceDefaults;

/// <summary>What every process of the village gets: configuration, discovery, telemetry, health, problem details.</summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>The largest request body in bytes that is read; an endpoint raises it with <c>RequestSizeLimitAttribute</c>.</summary>
    public const long MaxRequestBodyBytes = 1024 * 1024;

    /// <summary>Adds all of it. <paramref name="service"/> is the name in the registry, in traces and in configuration, such as <c>order-service</c>.</summary>
    /// <param name="builder">The process.</param>
    /// <param name="service">Its name.</param>
    /// <param name="housekeeping">Paths that the village itself calls all the time: not traced, and logged only at Debug, like health and metrics.</param>
    /// <param name="checksTokens">Every endpoint needs a token, unless it says <c>AllowAnonymous</c>. False: the process has its own ways.</param>
    public static WebApplicationBuilder AddServiceDefaults(this WebApplicationBuilder builder, string service, string[]? housekeeping = null, bool checksTokens = true)
    {
        ArgumentNullException.ThrowIfNull(builder);
        // ASP.NET Core 10 reads JSON from a pipe, and now and then leaves that pipe in use when the JSON is bad: the connection ends with a logged
        // InvalidOperationException. Reading from the stream does not. The switch goes away with .NET 11.
        AppContext.SetSwitch("Microsoft.AspNetCore.UseStreamBasedJsonParsing", true);
        builder.Environment.ApplicationName = service;
        // The host's environment is another object than the web host's.
        foreach (var host in builder.Services.Select(registered => registered.ImplementationInstance).OfType<IHostEnvironment>())
            host.ApplicationName = service;
        builder.AddDefaultSettings();
        builder.AddConfigServer(service);
        builder.AddJsonLogs();
        builder.AddTelemetry(service, housekeeping ?? []);
        builder.AddDiscovery();
        builder.AddHealth();
        builder.AddProblems();
        builder.AddTokens();
        if (checksTokens) builder.AddTokenChecks();

        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddHttpContextAccessor();
        builder.AddOpenApiDocument();
        builder.Services.ConfigureHttpJsonOptions(json => Json.Configure(json.SerializerOptions));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaxRequestBodyBytes;
        });
        return builder;
    }

    /// <summary>Adds the middleware and the endpoints: request log, problem details, who asks and may they, health, metrics, OpenAPI. To be called first.</summary>
    /// <param name="beforeRouting">Middleware that changes requests before it is decided which endpoint they are for.</param>
    /// <param name="logsRequests">False: the process has a request log of its own.</param>
    public static WebApplication UseServiceDefaults(this WebApplication app, Action<WebApplication>? beforeRouting = null, bool logsRequests = true)
    {
        ArgumentNullException.ThrowIfNull(app);
        if (logsRequests) app.UseMiddleware<RequestLog>();
        app.UseProblems();
        beforeRouting?.Invoke(app);
        app.UseTokenChecks();
        app.MapHealth();
        app.MapMetrics();
        app.MapOpenApi().AllowAnonymous();
        return app;
    }

    /// <summary>Brings the database up to date, if there is one, then serves until the process is told to stop.</summary>
    public static async Task RunServiceAsync(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        foreach (var database in app.Services.GetServices<DatabaseMigration>())
            await database.RunAsync(app.Lifetime.ApplicationStopping);
        app.LogUndescribed();
        await app.RunAsync();
    }
}
