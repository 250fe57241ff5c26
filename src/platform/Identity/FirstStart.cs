using Kampung.Identity.OpenId;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;

namespace Kampung.Identity;

/// <summary>What must be there before the first request: clients, the first data protection key, demo users. Instances that start together do it one after the other.</summary>
sealed class FirstStart(IServiceScopeFactory scopes, IDataProtectionProvider protection, IOptions<IssuerOptions> options, IHostEnvironment environment) : IHostedService
{
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (environment.IsProduction() && options.Value.Issuer.Scheme != Uri.UriSchemeHttps)
            throw new UnusableSettingsException($"Identity:Issuer must be an https address in production, not {options.Value.Issuer}.");
        await using var scope = scopes.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<IdentityDb>();
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.LockAsync(cancellationToken);
        // The first use makes the first key: two instances that made one each would not understand each other's cookies for a day.
        protection.CreateProtector("first start").Protect([]);
        await scope.ServiceProvider.GetRequiredService<Clients>().RegisterAsync(cancellationToken);
        await scope.ServiceProvider.GetRequiredService<DemoUsers>().AddAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
