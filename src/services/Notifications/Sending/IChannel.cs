namespace Kampung.Notifications.Sending;

/// <summary>A way out of the house.</summary>
interface IChannel
{
    /// <summary>Of <see cref="Channel"/>.</summary>
    string Name { get; }

    /// <summary>Hands the message over, or throws.</summary>
    Task SendAsync(Notification notification, CancellationToken ct);

    /// <summary>Whether trying again with the same message can never help.</summary>
    bool IsFinal(Exception failure);
}
