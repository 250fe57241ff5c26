using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Kampung.Identity.Keys;
using Microsoft.Extensions.Options;
using OpenIddict.Abstractions;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Kampung.Identity.OpenId;

/// <summary>Who may ask for tokens: the web app, which can keep no secret and must show PKCE, and each service with a secret of its own.</summary>
sealed class Clients(MasterKey master, IOpenIddictApplicationManager clients, IOptions<IssuerOptions> options)
{
    public const string Web = "kampung-web";

    public static IReadOnlyList<string> Services { get; } =
    [
        "gateway", "customer-service", "product-service", "inventory-service", "order-service", "payment-service", "kitchen-service", "delivery-service", "notification-service",
    ];

    /// <summary>AppHost's own, to audit and to mend: an operator.</summary>
    public const string Village = "village";

    /// <summary>
    /// A token of any account, for the <see cref="Village"/> alone, and only where demo users are made, on one machine in the environment Development: elsewhere there is no such grant. Who can read that client's secret
    /// can read the database's passwords, which lie beside it.
    /// </summary>
    public const string ActAs = "urn:kampung:grant-type:act-as";

    const string MadeFrom = "made from";

    static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    /// <summary>Makes them what the configuration says. The secrets of the services are written into client-secrets.json in Identity:Keys, for whoever has to hand them out.</summary>
    public async Task RegisterAsync(CancellationToken ct)
    {
        await PutAsync(WebApp(), ct);
        var secrets = Services.Append(Village).ToDictionary(service => service, service => options.Value.ClientSecrets.GetValueOrDefault(service) ?? master.SecretOf(service));
        foreach (var (service, secret) in secrets) await PutAsync(Confidential(service, secret, actsAs: service == Village), ct);
        PrivateFile.Write(Path.Combine(Directory.CreateDirectory(options.Value.Keys).FullName, "client-secrets.json"), JsonSerializer.Serialize(secrets, Indented), overwrite: true);
    }

    async Task PutAsync(OpenIddictApplicationDescriptor client, CancellationToken ct)
    {
        var print = PrintOf(client);
        client.Properties[MadeFrom] = JsonSerializer.SerializeToElement(print);
        if (await clients.FindByClientIdAsync(client.ClientId!, ct) is not { } known) await clients.CreateAsync(client, ct);
        else if (!(await clients.GetPropertiesAsync(known, ct)).TryGetValue(MadeFrom, out var before) || before.GetString() != print) await clients.UpdateAsync(known, client, ct);
    }

    // Hashing every secret anew, or comparing it with its hash, would cost each start a second of processor time.
    string PrintOf(OpenIddictApplicationDescriptor client) => Convert.ToHexStringLower(HMACSHA256.HashData(master.Derive("clients"), Encoding.UTF8.GetBytes(
        string.Join('\n',
            [
                client.ClientId, client.ClientSecret, .. client.Permissions.Order(), .. client.Requirements.Order(),
                .. client.RedirectUris.Select(uri => $"to {uri}"), .. client.PostLogoutRedirectUris.Select(uri => $"out {uri}"),
            ]))));

    OpenIddictApplicationDescriptor WebApp()
    {
        var web = new OpenIddictApplicationDescriptor
        {
            ClientId = Web,
            DisplayName = "Kampung",
            ClientType = ClientTypes.Public,
            // It is ours: nobody is asked whether it may know the name.
            ConsentType = ConsentTypes.Implicit,
            Permissions =
            {
                Permissions.Endpoints.Authorization, Permissions.Endpoints.Token, Permissions.Endpoints.Revocation, Permissions.Endpoints.EndSession,
                Permissions.GrantTypes.AuthorizationCode, Permissions.GrantTypes.RefreshToken, Permissions.ResponseTypes.Code,
                Permissions.Scopes.Profile, Permissions.Scopes.Email, Permissions.Scopes.Roles,
            },
            Requirements = { Requirements.Features.ProofKeyForCodeExchange },
        };
        web.RedirectUris.UnionWith(options.Value.Resolve(options.Value.WebRedirectUris));
        web.PostLogoutRedirectUris.UnionWith(options.Value.Resolve(options.Value.WebPostLogoutRedirectUris));
        return web;
    }

    static OpenIddictApplicationDescriptor Confidential(string service, string secret, bool actsAs)
    {
        var client = new OpenIddictApplicationDescriptor
        {
            ClientId = service,
            ClientSecret = secret,
            ClientType = ClientTypes.Confidential,
            Permissions = { Permissions.Endpoints.Token, Permissions.Endpoints.Revocation, Permissions.GrantTypes.ClientCredentials },
        };
        if (actsAs) client.Permissions.Add(Permissions.Prefixes.GrantType + ActAs);
        return client;
    }
}
