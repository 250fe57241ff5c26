using Microsoft.Extensions.Options;

namespace Kampung.Notifications.Sending;

/// <summary>The mailbox of one machine: a folder with one file a message. Writing the same message again replaces its file.</summary>
sealed class MailboxFolder(IOptions<SendingOptions> options)
{
    public async Task WriteAsync(Notification notification, string extension, Func<Stream, Task> write)
    {
        var folder = Directory.CreateDirectory(options.Value.Mailbox).FullName;
        // The time first, so that a folder of letters sorts by it.
        var name = $"{notification.CreatedAt:yyyyMMdd'T'HHmmss'Z'}-{notification.Kind}-{notification.About}.{extension}";
        // Written aside and renamed, so that nobody who looks in reads half a letter; unique, since a dying instance may still write its own.
        var draft = Path.Combine(folder, $".{name}.{Guid.NewGuid():N}.draft");
        await using (var stream = File.Create(draft))
        {
            await write(stream);
            stream.Flush(flushToDisk: true);
        }
        File.Move(draft, Path.Combine(folder, name), overwrite: true);
    }
}
