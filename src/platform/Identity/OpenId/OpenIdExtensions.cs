using Kampung.Identity.Keys;
using Kampung.ServiceDefaults;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Abstractions.OpenIddictConstants;
using static OpenIddict.Server.OpenIddictServerEvents;
using static OpenIddict.Server.OpenIddictServerHandlers.Protection;

namespace Kampung.Identity.OpenId;

static class OpenIdExtensions
{
    /// <summary>The issuer's protocol, by OpenIddict.</summary>
    public static void AddOpenId(this WebApplicationBuilder builder)
    {
        var options = builder.Configuration.GetSection(IssuerOptions.Section).Get<IssuerOptions>() ?? new();
        builder.Services.AddOpenIddict()
            .AddCore(core => core.UseEntityFrameworkCore().UseDbContext<IdentityDb>().ReplaceDefaultEntities<Guid>())
            .AddServer(server =>
            {
                server.SetIssuer(options.Issuer)
                    .SetAuthorizationEndpointUris("authorize").SetTokenEndpointUris("token").SetRevocationEndpointUris("revocation").SetEndSessionEndpointUris("end-session")
                    .SetConfigurationEndpointUris(".well-known/openid-configuration", ".well-known/oauth-authorization-server").SetJsonWebKeySetEndpointUris(".well-known/jwks");
                server.AllowAuthorizationCodeFlow().RequireProofKeyForCodeExchange().AllowRefreshTokenFlow().AllowClientCredentialsFlow();
                if (options.IsForShow(builder.Environment)) server.AllowCustomFlow(Clients.ActAs);
                // "plain" shows the verifier to whoever sees the request (RFC 9700, 2.1.1).
                server.Configure(server => server.CodeChallengeMethods.Remove(CodeChallengeMethods.Plain));
                server.RegisterScopes(Scopes.Profile, Scopes.Email, Scopes.Roles, Scopes.OfflineAccess);
                server.RegisterClaims(Claims.Name, Claims.Email, Claims.Role, Passes.Stall);
                server.SetAccessTokenLifetime(options.AccessTokenLifetime).SetIdentityTokenLifetime(options.AccessTokenLifetime)
                    .SetRefreshTokenLifetime(options.RefreshTokenLifetime).SetRefreshTokenReuseLeeway(options.RefreshTokenReuseLeeway)
                    .SetAuthorizationCodeLifetime(TimeSpan.FromMinutes(1));
                // Services read them; codes and refresh tokens are for us alone, and stay encrypted.
                server.DisableAccessTokenEncryption();
                server.AddEventHandler<GenerateTokenContext>(handler => handler.UseSingletonHandler<SignWithCurrentKey>().SetOrder(AttachSecurityCredentials.Descriptor.Order + 1));
                // TLS ends in front of the gateway.
                server.UseAspNetCore().DisableTransportSecurityRequirement()
                    .EnableAuthorizationEndpointPassthrough().EnableTokenEndpointPassthrough().EnableEndSessionEndpointPassthrough().EnableErrorPassthrough();
            });
        builder.Services.AddOptions<OpenIddictServerOptions>().Configure<MasterKey>((server, master) => server.EncryptionCredentials.Add(
            new(new SymmetricSecurityKey(master.Derive("tokens")), SecurityAlgorithms.Aes256KW, SecurityAlgorithms.Aes256CbcHmacSha512)));
        builder.Services.AddScoped<Clients>().AddScoped<Sessions>();
        // One that was used must be remembered as long as it would have lived, or nobody would notice that it is used again.
        builder.AddSweeper<IOpenIddictTokenManager, IssuerOptions>(
            "expired tokens", async (tokens, before, _, ct) => (int)await tokens.PruneAsync(before, ct), keep: issuer => issuer.RefreshTokenLifetime + TimeSpan.FromHours(1));
        builder.AddSweeper<IOpenIddictAuthorizationManager, IssuerOptions>(
            "authorizations without tokens", async (grants, before, _, ct) => (int)await grants.PruneAsync(before, ct), keep: issuer => issuer.RefreshTokenLifetime + TimeSpan.FromHours(1));
    }
}

/// <summary>OpenIddict would take any of the keys in the key set, also one that is only announced.</summary>
sealed class SignWithCurrentKey(SigningKeys keys) : IOpenIddictServerHandler<GenerateTokenContext>
{
    public ValueTask HandleAsync(GenerateTokenContext context)
    {
        var current = keys.SigningKey;
        context.SigningCredentials = context.Options.SigningCredentials.First(credentials => credentials.Key.KeyId == current);
        return ValueTask.CompletedTask;
    }
}
