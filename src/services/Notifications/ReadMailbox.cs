using System.Text.Json;
using System.Text.Json.Nodes;
using Kampung.Notifications.Sending;
using Kampung.ServiceDefaults;
using MimeKit;

namespace Kampung.Notifications;

/// <summary>GET /mailbox: what went into the mailbox folder of this machine instead of to a server, newest first, for whoever runs the village.</summary>
static class ReadMailbox
{
    /// <param name="File">Its name within the folder.</param>
    /// <param name="Text">Null where only the addressee may see it.</param>
    public sealed record Letter(string File, DateTimeOffset At, string Kind, string Channel, string To, string Subject, string? Text);

    public static void MapReadMailbox(this RouteGroupBuilder mailbox) => mailbox.MapGet("", Handle).WithName("readMailbox");

    static async Task<Page<Letter>> Handle(Paging paging, MailboxFolder folder, CancellationToken ct)
    {
        List<Letter> letters = [];
        foreach (var message in folder.NewestFirst(after: paging.After<string>()))
        {
            if (await ReadAsync(message, ct) is { } letter) letters.Add(letter);
            if (letters.Count > paging.Limit) break;
        }
        return Page.Of(letters, paging.Limit, letter => letter, letter => letter.File);
    }

    /// <summary>Null: somebody took it away.</summary>
    static async Task<Letter?> ReadAsync(MessageFile message, CancellationToken ct)
    {
        try
        {
            await using var stream = File.OpenRead(message.Path);
            var letter = message.Channel == Channel.Email ? OfMail(message, await MimeMessage.LoadAsync(stream, ct)) : OfTemplate(message, await JsonNode.ParseAsync(stream, cancellationToken: ct));
            return message.Kind == Kind.PasswordReset ? letter with { Text = null } : letter;
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException)
        {
            return new(message.Name, message.At, message.Kind, message.Channel, "", "", $"It cannot be read: {e.Message}");
        }
    }

    static Letter OfMail(MessageFile message, MimeMessage mail) =>
        new(message.Name, message.At, message.Kind, message.Channel, mail.To.ToString(), mail.Subject ?? "", mail.TextBody ?? "");

    // Meta's template has the words; here are only its name and what is filled in.
    static Letter OfTemplate(MessageFile message, JsonNode? sent) =>
        new(message.Name, message.At, message.Kind, message.Channel, $"{sent?["to"]}", $"{sent?["template"]?["name"]}", string.Join('\n', Parameters(sent)));

    static IEnumerable<string> Parameters(JsonNode? sent) =>
        from component in sent?["template"]?["components"]?.AsArray() ?? []
        from parameter in component?["parameters"]?.AsArray() ?? []
        select $"{parameter?["text"]}";
}
