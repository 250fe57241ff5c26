using Kampung.Gateway;
using Kampung.Gateway.Aggregation;
using Kampung.Gateway.Board;
using Kampung.Gateway.Caching;
using Kampung.Gateway.Limits;
using Kampung.Gateway.Sharing;
using Kampung.Gateway.Validation;
using Kampung.Gateway.Xml;
using Kampung.Messaging;
using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Health;
using Yarp.ReverseProxy.ServiceDiscovery;

ClearRequests.RefuseBareLineFeeds();
var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("gateway", checksTokens: false);
if (builder.Configuration["Config:Uri"] is null)
    builder.Configuration.AddBuiltInRoutes();

// YARP tells each failure with its stack, and each request twice; ForwardingProblems and the gateway's own request log say it in a line.
builder.Logging.AddFilter("Yarp", LogLevel.Warning).AddFilter("Yarp.ReverseProxy.Forwarder", LogLevel.None).AddFilter("Yarp.ReverseProxy.LoadBalancing", LogLevel.None)
    .AddFilter("Yarp.ReverseProxy.Health", LogLevel.None);

builder.WebHost.ConfigureKestrel(OpenConnections.Limit);
builder.Services.AddSingleton<RouteTable>();
builder.Services.AddSingleton<IProxyConfigProvider>(services => services.GetRequiredService<RouteTable>());
builder.Services.AddSingleton<IDestinationResolver, RegistryDestinations>();
builder.Services.AddSingleton<IPassiveHealthCheckPolicy, UnreachableInstances>();
builder.Services.AddSingleton<TrustedProxies>();
builder.Services.AddSingleton<RequestLog>().AddHostedService(services => services.GetRequiredService<RequestLog>());
builder.Services.AddSingleton<SharedRedis>().AddHostedService(services => services.GetRequiredService<SharedRedis>());
builder.Services.AddSingleton<SharedBuckets>();
builder.Services.AddSingleton<SharedAnswers>();
builder.Services.AddSingleton<ClientLimits>();
builder.Services.AddSingleton<OpenConnections>();
builder.Services.AddSingleton<OpenStreams>();
builder.Services.AddSingleton<Passes>();
builder.Services.AddSingleton<WebApp>();
builder.Services.AddSingleton<BoardSources>();
builder.Services.AddSingleton<OutputCache>();
builder.Services.AddSingleton<Contracts>();
builder.Services.AddSingleton<HeldBodies>();
builder.Services.AddSingleton<RequestValidation>();
builder.Services.AddCors();
builder.Services.AddSingleton<ICorsPolicyProvider, AllowedOrigins>();
Inside.Add(builder);
// Without a broker what is cached lives for its time.
if (builder.Configuration["Kafka:BootstrapServers"] is not null)
    builder.AddListener(events => events.On<ProductChanged>(ProductChanged.EmptyCache));
builder.Services.AddReverseProxy().AddTransforms(OutsideWorld.Describe);
// YARP would keep keys for session affinity, which the gateway does not have, in the home folder.
builder.Services.AddDataProtection().UseEphemeralDataProtectionProvider();
builder.Services.AddHealthChecks().AddCheck<FoundServices>("services");

var app = builder.Build();
try
{
    var settings = app.Services.GetRequiredService<RouteTable>().Settings;
    app.Services.GetRequiredService<Passes>().RequireIssuer(app.Environment);
    settings.Connections.Apply(app.Services.GetRequiredService<IOptions<KestrelServerOptions>>().Value.Limits);
}
catch (InvalidOperationException e)
{
    app.Logger.LogCritical("{Reason}", e.Message);
    await app.DisposeAsync();
    return 1;
}
app.Use(app.Services.GetRequiredService<TrustedProxies>().Believe);
app.Use(app.Services.GetRequiredService<RequestLog>().Write);
// Around everything, so that problems come in XML, too.
app.Use(XmlAnswers.Write);
app.UseServiceDefaults(logsRequests: false);
var limits = app.Services.GetRequiredService<ClientLimits>();
app.Use(AnswerHeaders.Write);
app.Use(ClearRequests.Check);
app.UseCors();
app.Use(limits.LimitAddress);
app.Use(app.Services.GetRequiredService<WebApp>().Serve);
app.Use(app.Services.GetRequiredService<Passes>().Check);
app.Use(limits.LimitClient);
app.Use(app.Services.GetRequiredService<OpenStreams>().Limit);
app.Use(XmlAnswers.RefuseOthers);
app.Use(app.Services.GetRequiredService<OutputCache>().Serve);
app.Use(Checkout.AddPayment);
app.MapGet("/", (RouteTable routes) => ApiIndex.Of(routes.Routes)).WithMetadata(new RouteRules(BudgetKind.Browsing, Public: true));
app.MapHome();
app.MapVillage();
app.MapReverseProxy(proxy =>
{
    proxy.Use(ForwardingProblems.Explain);
    proxy.Use(ForwardingProblems.RefuseLargeBody);
    proxy.Use(app.Services.GetRequiredService<RequestValidation>().Check);
    proxy.Use(AnotherInstance.Retry);
    proxy.UseLoadBalancing();
    proxy.UsePassiveHealthChecks();
}).ConfigureEndpoints((endpoint, route) => endpoint.WithMetadata(RouteRules.Of(route)));
await app.RunServiceAsync();
return 0;
