using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.ServiceDiscovery;

namespace Kampung.ServiceDefaults.Discovery;

static class DiscoveryExtensions
{
    /// <summary>Names are resolved as <c>Discovery:Provider</c> says: <c>static</c> (section <c>Services</c>), <c>dns</c>, or <c>eureka</c>.</summary>
    public static void AddDiscovery(this WebApplicationBuilder builder)
    {
        builder.Services.AddServiceDiscoveryCore().AddConfigurationServiceEndpointProvider();
        var provider = builder.Configuration.GetValue("Discovery:Provider", "static");
        switch (provider?.ToLowerInvariant())
        {
            case "static": break;
            case "dns": builder.Services.AddPassThroughServiceEndpointProvider(); break;
            case "eureka": AddEureka(builder); break;
            default: throw new InvalidOperationException($"Discovery:Provider is {provider}; it can be static, dns or eureka.");
        }
    }

    static void AddEureka(WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<EurekaOptions>().BindConfiguration("Eureka");
        builder.Services.AddSingleton<EurekaClient>();
        builder.Services.AddSingleton<EurekaDirectory>();
        builder.Services.AddHostedService(services => services.GetRequiredService<EurekaDirectory>());
        builder.Services.AddSingleton<IServiceEndpointProviderFactory, EurekaEndpointsFactory>();
        builder.Services.AddHostedService<EurekaRegistration>();
    }
}
