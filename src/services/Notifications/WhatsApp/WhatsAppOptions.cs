namespace Kampung.Notifications.WhatsApp;

/// <summary>The section <c>WhatsApp</c>: with a phone number id, messages go to the Cloud API instead of into the mailbox folder.</summary>
sealed class WhatsAppOptions
{
    /// <summary>With the version of the Graph API.</summary>
    public Uri BaseUrl { get; set; } = new("https://graph.facebook.com/v23.0/");

    /// <summary>Of the business number that messages come from, as Meta's console shows it.</summary>
    public string? PhoneNumberId { get; set; }

    /// <summary>A system user's token with the permission <c>whatsapp_business_messaging</c>.</summary>
    public string? AccessToken { get; set; }

    /// <summary>How long the API may take to answer.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);
}
