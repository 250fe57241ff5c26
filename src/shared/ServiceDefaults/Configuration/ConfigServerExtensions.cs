using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kampung.ServiceDefaults.Configuration;

static class ConfigServerExtensions
{
    /// <summary>Loads the settings from the config server, if there is one: above appsettings.json, below the environment and the command line.</summary>
    public static void AddConfigServer(this WebApplicationBuilder builder, string service)
    {
        var options = builder.Configuration.GetSection("Config").Get<ConfigServerOptions>() ?? new ConfigServerOptions();
        if (options.Uri is null) return;

        var settings = new ConfigServerSettings(new ConfigServerClient(options, service, options.Profiles ?? DefaultProfile(builder.Environment)));
        var reason = LoadAsync(settings, options).GetAwaiter().GetResult();

        var sources = ((IConfigurationBuilder)builder.Configuration).Sources;
        // The variables without a prefix are the settings; those with one (DOTNET_, ASPNETCORE_) only configure the host.
        var environment = sources.ToList().FindLastIndex(source => source is EnvironmentVariablesConfigurationSource { Prefix: null or "" });
        sources.Insert(environment >= 0 ? environment : sources.Count, settings);
        builder.Services.AddHostedService(services =>
            new ConfigServerPolling(settings, options, reason, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<ConfigServerPolling>>()));
    }

    static string DefaultProfile(IHostEnvironment environment) =>
        environment.IsDevelopment() ? "dev" : environment.IsProduction() ? "prod" : environment.EnvironmentName.ToLowerInvariant();

    /// <summary>Null once the settings are there; the reason if they are not, and the process may start without.</summary>
    static async Task<string?> LoadAsync(ConfigServerSettings settings, ConfigServerOptions options)
    {
        var interval = options.Retry.InitialInterval;
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await settings.RefreshAsync(CancellationToken.None);
                return null;
            }
            catch (ConfigServerException e) when (attempt >= options.Retry.MaxAttempts || !options.FailFast)
            {
                return options.FailFast
                    ? throw new InvalidOperationException($"There is no configuration after {attempt} attempts: {e.Message}", e)
                    : e.Message;
            }
            catch (ConfigServerException)
            {
                await Task.Delay(interval);
                interval = TimeSpan.FromTicks(Math.Min((long)(interval.Ticks * options.Retry.Multiplier), options.Retry.MaxInterval.Ticks));
            }
        }
    }
}

/// <summary>Looks for changes. While there is no good answer, what was there stays, and one line says so.</summary>
sealed class ConfigServerPolling(
    ConfigServerSettings settings, ConfigServerOptions options, string? failure, TimeProvider time, ILogger<ConfigServerPolling> log) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (failure is not null) log.LogWarning("Started without configuration: {Reason}", failure);
        var away = failure is not null;
        using var timer = new PeriodicTimer(options.PollInterval, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (await settings.RefreshAsync(stoppingToken)) log.LogInformation("The configuration has changed and is in use: {Version}", settings.Version);
                if (away) log.LogInformation("The config server answers again");
                away = false;
            }
            catch (ConfigServerException e)
            {
                if (!away) log.LogWarning("The configuration cannot be asked for, the last good one stays in use: {Reason}", e.Message);
                away = true;
            }
        }
    }
}
