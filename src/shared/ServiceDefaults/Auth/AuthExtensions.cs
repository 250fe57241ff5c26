using Kampung.ServiceDefaults.Auth;
using Kampung.ServiceDefaults.Http;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Kampung.ServiceDefaults;

/// <summary>Who may do what: said once, on a group of routes.</summary>
public static class AuthExtensions
{
    /// <summary>Only for who has one of these <paramref name="roles"/> of <see cref="Role"/>. Everybody else with a good token is answered 403, and 401 without one.</summary>
    public static TBuilder OnlyFor<TBuilder>(this TBuilder routes, params IEnumerable<string> roles) where TBuilder : IEndpointConventionBuilder =>
        routes.RequireAuthorization(new AuthorizeAttribute { AuthenticationSchemes = BearerTokens.Scheme, Roles = string.Join(',', roles) });

    /// <summary>Tokens can be checked (<see cref="TokenValidator"/>), and services called with our own.</summary>
    internal static void AddTokens(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<AuthOptions>().BindConfiguration(AuthOptions.Section);
        services.AddSingleton<IssuerDirectory>().AddSingleton<ServiceTokens>();
        services.AddSingleton(provider => new TokenValidator(
            provider.GetRequiredService<IssuerDirectory>(), provider.GetRequiredService<IOptions<AuthOptions>>(), provider.GetRequiredService<TimeProvider>()));

        var client = services.AddHttpClient(IssuerDirectory.Client, http =>
        {
            http.Timeout = Timeout.InfiniteTimeSpan; // the resilience pipeline's is the one that counts
            http.MaxResponseContentBufferSize = 1024 * 1024;
        });
        client.ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
        Resilience.Configure(client.AddStandardResilienceHandler(), builder.Configuration.GetSection("Http:Resilience"));
        if (!string.IsNullOrEmpty(builder.Configuration[$"{AuthOptions.Section}:{nameof(AuthOptions.Inside)}"])) client.AddInstanceSelection(builder.Services);
    }

    /// <summary>Every endpoint needs a token unless it says otherwise.</summary>
    internal static void AddTokenChecks(this WebApplicationBuilder builder)
    {
        var options = builder.Configuration.GetSection(AuthOptions.Section).Get<AuthOptions>() ?? new();
        options.RequireIssuer(builder.Environment);
        builder.Services.AddSingleton<TokensAreChecked>();
        builder.Services.AddAuthentication(BearerTokens.Scheme).AddScheme<AuthenticationSchemeOptions, BearerTokens>(BearerTokens.Scheme, null);
        builder.Services.AddAuthorizationBuilder().SetFallbackPolicy(new AuthorizationPolicyBuilder(BearerTokens.Scheme).RequireAuthenticatedUser().Build());
    }

    internal static void UseTokenChecks(this WebApplication app)
    {
        if (!app.ChecksTokens()) return;
        app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();
    }

    internal static bool ChecksTokens(this WebApplication app) => app.Services.GetService<TokensAreChecked>() is not null;

    internal static bool ChecksTokens(this IHostApplicationBuilder builder) => builder.Services.Any(service => service.ServiceType == typeof(TokensAreChecked));

    sealed class TokensAreChecked;
}
