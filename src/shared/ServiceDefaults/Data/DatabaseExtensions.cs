using System.Diagnostics;
using Kampung.ServiceDefaults.Data;
using Microsoft.AspNetCore.Builder;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Kampung.ServiceDefaults;

/// <summary>The service's own PostgreSQL database.</summary>
public static class DatabaseExtensions
{
    /// <summary>
    /// Adds <typeparamref name="TContext"/> and an <see cref="NpgsqlDataSource"/> on <c>ConnectionStrings:Postgres</c>: snake_case names,
    /// migrations before the first request, a health check. There is no retrying execution strategy: it would forbid the transactions that messaging opens.
    /// </summary>
    public static WebApplicationBuilder AddDatabase<TContext>(this WebApplicationBuilder builder) where TContext : DbContext
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Services.AddSingleton(services =>
        {
            var connectionString = services.GetRequiredService<IConfiguration>().GetConnectionString("Postgres")
                ?? throw new InvalidOperationException("ConnectionStrings:Postgres is not set.");
            // The same statements again and again: planned once a connection. And no session leaves anything behind that a reset would have to remove.
            // The first of two settings of a name loses.
            var source = new NpgsqlDataSourceBuilder($"Max Auto Prepare=100;No Reset On Close=true;{connectionString}");
            source.ConnectionStringBuilder.ApplicationName ??= builder.Environment.ApplicationName;
            // Only what serves a request or an event: polling and probing would fill the trace store with single spans.
            source.ConfigureTracing(tracing => tracing.ConfigureCommandFilter(_ => Activity.Current is not null));
            return source.Build();
        });
        builder.Services.AddSingleton<SpoiltPlans>();
        builder.Services.AddDbContextPool<TContext>((services, options) => options
            .UseNpgsql(services.GetRequiredService<NpgsqlDataSource>())
            .AddInterceptors(services.GetRequiredService<SpoiltPlans>())
            .UseSnakeCaseNamingConvention());
        builder.Services.AddSingleton<DatabaseMigration, DatabaseMigration<TContext>>();
        builder.Services.AddHealthChecks().AddCheck<DatabaseHealth>("database");
        return builder;
    }
}
