using Kampung.Registry;
using Kampung.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);
builder.AddServiceDefaults("registry", housekeeping: ["/eureka"], checksTokens: false);
builder.Services.Configure<RegistryOptions>(builder.Configuration.GetSection("Registry"));
builder.Services.AddSingleton<InstanceRegistry>();
builder.Services.AddHostedService<LeaseExpiry>();

var app = builder.Build();
app.UseServiceDefaults();
app.MapEureka("/eureka");
app.MapEureka("/eureka/v2");

await app.RunServiceAsync();
