using Kampung.ConfigServer;
using Kampung.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("config-server", housekeeping: [""], checksTokens: false);
builder.Services.Configure<ConfigServerOptions>(builder.Configuration.GetSection("ConfigServer"));
builder.Services.AddSingleton<ConfigRepository>();
builder.Services.AddHealthChecks().AddCheck<RepositoryHealth>("repository");

var app = builder.Build();
app.UseServiceDefaults();
app.MapConfig();

await app.RunServiceAsync();
