using Kampung.Messaging;

namespace Kampung.Notifications.Sending;

/// <summary>Tells the senders of all channels that messages may have been written.</summary>
sealed class Announcement
{
    readonly List<Signal> listeners = [];

    /// <summary>Before the first event is handled: for as long as the process lives.</summary>
    public Signal Listen()
    {
        var listener = new Wake();
        lock (listeners) listeners.Add(listener);
        return listener;
    }

    public void Tell()
    {
        lock (listeners)
            foreach (var listener in listeners) listener.Set();
    }

    sealed class Wake : Signal;
}
