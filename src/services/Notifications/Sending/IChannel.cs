namespace Kampung.Notifications.Sending;

/// <summary>A way out of the house.</summary>
interface IChannel
{
    /// <summary>Of <see cref="Channel"/>.</summary>
    string Name { get; }

    /// <summary>How many are sent before that is noted: after a crash in between all of them are sent again.</summary>
    int Batch { get; }

    /// <summary>Hands the message over, or throws.</summary>
    Task SendAsync(Notification notification, CancellationToken ct);

    /// <summary>Whether trying again with the same message can never help.</summary>
    bool IsFinal(Exception failure);
}
