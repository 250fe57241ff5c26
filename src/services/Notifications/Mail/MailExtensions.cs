namespace Kampung.Notifications.Mail;

static class MailExtensions
{
    /// <summary>Mail by SMTP where <c>Smtp:Host</c> is set, otherwise into the mailbox folder.</summary>
    public static void AddMail(this WebApplicationBuilder builder)
    {
        builder.Services.Configure<MailOptions>(builder.Configuration.GetSection("Mail"));
        builder.Services.Configure<SmtpOptions>(builder.Configuration.GetSection("Smtp"));
        if (builder.Configuration["Smtp:Host"] is { Length: > 0 })
            builder.Services.AddSingleton<IMailer, SmtpMailer>();
        else
            builder.Services.AddSingleton<IMailer, MailboxFolder>();
        builder.Services.AddHostedService<MailSender>();
    }
}
