using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Kampung.Messaging;

/// <summary>What a process says to take part in the village's events.</summary>
public static class MessagingExtensions
{
    /// <summary>
    /// Publishes from, and handles events in, the database of <typeparamref name="TDb"/>, whose model has <see cref="MessagingModel.AddMessaging"/>.
    /// Without handlers the service only publishes.
    /// </summary>
    /// <exception cref="InvalidOperationException">It was added already.</exception>
    public static IHostApplicationBuilder AddMessaging<TDb>(this IHostApplicationBuilder builder, Action<EventHandlers>? events = null) where TDb : DbContext
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.AddMessagingOptions();
        var handlers = new EventHandlers();
        events?.Invoke(handlers);

        var services = builder.Services;
        if (services.Any(service => service.ServiceType == typeof(MessagingDatabase)))
            throw new InvalidOperationException("A service has one outbox and one inbox: call AddMessaging once, with all handlers.");
        services.AddSingleton(new MessagingDatabase(typeof(TDb)));
        services.AddSingleton<OutboxSignal>();
        services.ConfigureDbContext<TDb>((provider, context) => context.AddInterceptors(provider.GetRequiredService<OutboxSignal>()));
        services.AddHostedService<OutboxRelay>();
        services.AddSingleton<ParkedSignal>();
        if (handlers.Topics.Count == 0) return builder;

        services.AddSingleton(handlers);
        services.AddSingleton<EventProcessor>();
        services.AddHostedService<EventConsumer>();
        services.AddHostedService<ParkedRetrier>();
        services.AddHostedService<InboxSweeper>();
        return builder;
    }

    /// <summary>Hears events without a database: every instance hears every event from now on, at most once, and forgets what it could not handle.</summary>
    public static IHostApplicationBuilder AddListener(this IHostApplicationBuilder builder, Action<EventHandlers> events)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(events);
        builder.AddMessagingOptions();
        var handlers = new EventHandlers();
        events(handlers);
        builder.Services.AddSingleton<IHostedService>(services => ActivatorUtilities.CreateInstance<EventListener>(services, handlers));
        return builder;
    }

    static void AddMessagingOptions(this IHostApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton<KafkaClients>();
        builder.Services.TryAddSingleton<MessagingTelemetry>();
        builder.Services.AddMetrics();
        builder.Services.AddOptions<MessagingOptions>()
            .Configure<IConfiguration, IHostEnvironment>((options, configuration, environment) =>
            {
                configuration.GetSection("Kafka").Bind(options);
                configuration.GetSection("Messaging").Bind(options);
                if (options.Service.Length == 0) options.Service = environment.ApplicationName;
            });
    }
}
