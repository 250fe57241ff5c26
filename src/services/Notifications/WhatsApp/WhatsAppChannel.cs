using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Kampung.Notifications.Sending;
using Microsoft.Extensions.Options;

namespace Kampung.Notifications.WhatsApp;

/// <summary>
/// WhatsApp by Meta's Cloud API: <c>POST /{phone number id}/messages</c> with a message template, as one may write to a customer first only with a template that
/// Meta has approved. Ours are named after the kinds (<c>order_confirmed</c>) in each language, with the parameters in the order in which Letters/Templates lists them.
/// Without a phone number id the request is written into the mailbox folder.
/// Source: developers.facebook.com/docs/whatsapp/cloud-api, "Messages" and "Error Codes".
/// </summary>
sealed class WhatsAppChannel(IHttpClientFactory clients, IOptions<WhatsAppOptions> options, MailboxFolder mailbox) : IChannel
{
    sealed record Answer(Error? Error);

    sealed record Error(string Message, int Code);

    public string Name => Channel.WhatsApp;

    // It has no id by which a message that comes twice could be known.
    public int Batch => 1;

    public async Task SendAsync(Notification notification, CancellationToken ct)
    {
        var message = Compose(notification);
        if (options.Value.PhoneNumberId is not { Length: > 0 } sender)
        {
            await mailbox.WriteAsync(notification, "whatsapp.json", stream => JsonSerializer.SerializeAsync(stream, message, cancellationToken: ct));
            return;
        }

        using var client = clients.CreateClient(nameof(WhatsAppChannel));
        client.Timeout = options.Value.Timeout;
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(options.Value.BaseUrl, $"{sender}/messages"))
        {
            Headers = { Authorization = new AuthenticationHeaderValue("Bearer", options.Value.AccessToken) },
            Content = JsonContent.Create(message),
        };
        using var answer = await client.SendAsync(request, ct);
        if (answer.IsSuccessStatusCode) return;
        throw new WhatsAppException(answer.StatusCode, await ErrorAsync(answer, ct));
    }

    public bool IsFinal(Exception failure) => failure is WhatsAppException { IsFinal: true };

    static object Compose(Notification notification) => new
    {
        messaging_product = "whatsapp",
        recipient_type = "individual",
        to = notification.Letter.ToAddress,
        type = "template",
        template = new
        {
            name = notification.Kind.Replace('-', '_'),
            language = new { code = notification.Letter.Language },
            components = new[]
            {
                new
                {
                    type = "body",
                    // An empty parameter is refused.
                    parameters = (notification.Letter.Parameters ?? []).Select(text => new { type = "text", text = text.Length > 0 ? text : "-" }),
                },
            },
        },
    };

    static async Task<(int Code, string Message)?> ErrorAsync(HttpResponseMessage answer, CancellationToken ct)
    {
        try
        {
            var body = await answer.Content.ReadFromJsonAsync<Answer>(JsonSerializerOptions.Web, ct);
            return body?.Error is { } error ? (error.Code, error.Message) : null;
        }
        catch (JsonException)
        {
            return null; // a proxy's page: the status says enough
        }
    }
}

/// <summary>The Cloud API said no.</summary>
#pragma warning disable CA1032 // it always says what the API answered
sealed class WhatsAppException(HttpStatusCode status, (int Code, string Message)? error)
    : Exception(error is { } known ? $"WhatsApp refused the message: {known.Message} (code {known.Code})." : $"WhatsApp answered {(int)status}.")
#pragma warning restore CA1032
{
    /// <summary>Throttling and trouble of theirs, which come with any status: API too many calls, cloud API throughput, spam limit, pair limit, service overloaded, unknown.</summary>
    static readonly int[] Passing = [1, 2, 4, 80007, 130429, 131000, 131016, 131048, 131056, 133004];

    /// <summary>A request that is wrong stays wrong. Not so one with a token that ran out: that is for us to mend, and the customer shall have the message then.</summary>
    public bool IsFinal { get; } = (int)status is >= 400 and < 500
        && status is not (HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests)
        && error is { } known && !Passing.Contains(known.Code);
}
