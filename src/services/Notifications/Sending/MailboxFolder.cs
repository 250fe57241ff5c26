using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;

namespace Kampung.Notifications.Sending;

/// <summary>The mailbox of one machine: a folder with one file a message. Writing the same message again replaces its file.</summary>
sealed partial class MailboxFolder(IOptions<SendingOptions> options)
{
    const string Time = "yyyyMMdd'T'HHmmss'Z'";

    public async Task WriteAsync(Notification notification, string extension, Func<Stream, Task> write)
    {
        var folder = Directory.CreateDirectory(options.Value.Mailbox).FullName;
        // The time first, so that a folder of letters sorts by it.
        var name = $"{notification.CreatedAt.ToString(Time, CultureInfo.InvariantCulture)}-{notification.Kind}-{notification.About}.{extension}";
        // Written aside and renamed, so that nobody who looks in reads half a letter; unique, since a dying instance may still write its own.
        var draft = Path.Combine(folder, $".{name}.{Guid.NewGuid():N}.draft");
        await using (var stream = File.Create(draft))
        {
            await write(stream);
            stream.Flush(flushToDisk: true);
        }
        File.Move(draft, Path.Combine(folder, name), overwrite: true);
    }

    /// <param name="after">A file's name: only what comes after it in this order.</param>
    public IEnumerable<MessageFile> NewestFirst(string? after)
    {
        var folder = new DirectoryInfo(options.Value.Mailbox);
        if (!folder.Exists) yield break;
        foreach (var file in folder.EnumerateFiles().OrderByDescending(file => file.Name, StringComparer.Ordinal).SkipWhile(file => after is not null && string.CompareOrdinal(file.Name, after) >= 0))
            if (Ours().Match(file.Name) is { Success: true } name
                && DateTimeOffset.TryParseExact(name.Groups["time"].Value, Time, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at))
                yield return new(file.FullName, at, name.Groups["kind"].Value);
    }

    [GeneratedRegex(@"^(?<time>\d{8}T\d{6}Z)-(?<kind>[a-z-]+)-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.(eml|whatsapp\.json)$")]
    private static partial Regex Ours();
}

/// <summary>A message in the folder.</summary>
sealed record MessageFile(string Path, DateTimeOffset At, string Kind)
{
    public string Name => System.IO.Path.GetFileName(Path);

    public string Channel => Name.EndsWith(".eml", StringComparison.Ordinal) ? Notifications.Channel.Email : Notifications.Channel.WhatsApp;
}
