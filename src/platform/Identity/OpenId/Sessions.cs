using System.Text.Json;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.EntityFrameworkCore;
using OpenIddict.Abstractions;
using OpenIddict.EntityFrameworkCore.Models;
using static OpenIddict.Abstractions.OpenIddictConstants;

namespace Kampung.Identity.OpenId;

/// <summary>
/// From signing in to signing out in one browser. What is granted meanwhile is noted with the session, so that it ends with it: the refresh tokens of this browser,
/// and not those of another one.
/// </summary>
sealed class Sessions(IdentityDb db, IOpenIddictAuthorizationManager grants, IOpenIddictApplicationManager clients, TimeProvider time)
{
    const string Id = "session";

    public static Task Begin(CookieSigningInContext cookie)
    {
        cookie.Properties.Items.TryAdd(Id, Guid.NewGuid().ToString("N"));
        return Task.CompletedTask;
    }

    /// <summary>Every code and token that comes of this pass belongs to the session.</summary>
    public async Task NoteAsync(System.Security.Claims.ClaimsPrincipal pass, AuthenticateResult session, string client, CancellationToken ct)
    {
        if (session.Properties?.Items.TryGetValue(Id, out var id) != true) return;
        var application = await clients.FindByClientIdAsync(client, ct);
        var grant = new OpenIddictAuthorizationDescriptor
        {
            ApplicationId = await clients.GetIdAsync(application!, ct),
            CreationDate = time.GetUtcNow(),
            Status = Statuses.Valid,
            Subject = pass.GetClaim(Claims.Subject),
            Type = AuthorizationTypes.AdHoc,
            Properties = { [Id] = JsonSerializer.SerializeToElement(id) },
        };
        grant.Scopes.UnionWith(pass.GetScopes());
        pass.SetAuthorizationId(await grants.GetIdAsync(await grants.CreateAsync(grant, ct), ct));
    }

    /// <summary>Nothing that was granted in the session gives a token from now on.</summary>
    /// <param name="session">That of the cookie, if there is one.</param>
    /// <param name="hint">Who an ID token speaks of; the session in which it was given ends, too.</param>
    public async Task EndAsync(AuthenticateResult session, System.Security.Claims.ClaimsPrincipal? hint, CancellationToken ct)
    {
        var id = session.Properties?.Items.TryGetValue(Id, out var known) == true ? known : null;
        if (id is not null) await RevokeAsync(id, ct);
        if (hint?.GetAuthorizationId() is { } granted && await grants.FindByIdAsync(granted, ct) is { } grant
            && (await grants.GetPropertiesAsync(grant, ct)).TryGetValue(Id, out var noted) && noted.GetString() is { } other && other != id)
            await RevokeAsync(other, ct);
    }

    async Task RevokeAsync(string id, CancellationToken ct)
    {
        var noted = JsonSerializer.Serialize(new Dictionary<string, string> { [Id] = id });
        var ofSession = db.Set<OpenIddictEntityFrameworkCoreAuthorization<Guid>>().Where(grant => grant.Properties == noted);
        // The grants first: a refresh that is under way finds its next one refused, whatever it wrote.
        await ofSession.ExecuteUpdateAsync(grant => grant.SetProperty(row => row.Status, Statuses.Revoked), ct);
        await db.Set<OpenIddictEntityFrameworkCoreToken<Guid>>().Where(token => ofSession.Contains(token.Authorization))
            .ExecuteUpdateAsync(token => token.SetProperty(row => row.Status, Statuses.Revoked), ct);
    }
}
