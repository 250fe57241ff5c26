using Kampung.Notifications.Mail;
using Kampung.Notifications.Storage;
using Kampung.Notifications.WhatsApp;
using Kampung.ServiceDefaults;

namespace Kampung.Notifications.Sending;

static class SendingExtensions
{
    /// <summary>The channels that send something, each with a sender of its own, so that a server that is away holds up its own messages only.</summary>
    public static void AddChannels(this WebApplicationBuilder builder)
    {
        var (services, configuration) = (builder.Services, builder.Configuration);
        services.Configure<SendingOptions>(configuration.GetSection("Sending"));
        services.Configure<MailOptions>(configuration.GetSection("Mail"));
        services.Configure<SmtpOptions>(configuration.GetSection("Smtp"));
        services.Configure<WhatsAppOptions>(configuration.GetSection("WhatsApp"));
        services.AddHttpClient();
        services.AddSingleton<Announcement>();
        services.AddSingleton<MailboxFolder>();
        services.AddSingleton<EmailChannel>().AddHostedService<Sender<EmailChannel>>();
        services.AddSingleton<WhatsAppChannel>().AddHostedService<Sender<WhatsAppChannel>>();
        builder.AddSweeper<INotificationStore, SendingOptions>(
            "old notifications", (store, before, atMost, ct) => store.ForgetOldAsync(before, atMost, ct), keep: options => options.Kept);
    }
}
