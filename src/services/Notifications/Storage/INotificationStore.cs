namespace Kampung.Notifications.Storage;

/// <summary>Contacts and notifications, as documents. What is written while an event is handled takes effect together with "this event was handled".</summary>
interface INotificationStore
{
    /// <summary>Keeps what is known at <paramref name="asOf"/>. Something newer that is known already stays, and who has left stays forgotten.</summary>
    Task KeepAsync(Contact contact, DateTimeOffset asOf, CancellationToken ct);

    /// <summary>Forgets the contact for good, empties what was written to them, and drops what still waits.</summary>
    Task ForgetAsync(Guid customerId, DateTimeOffset asOf, CancellationToken ct);

    /// <summary>The contact; null for a customer who has left.</summary>
    /// <exception cref="UnknownContactException">Nothing was heard of this customer.</exception>
    Task<Contact?> FindContactAsync(Guid customerId, CancellationToken ct);

    /// <summary>Adds a notification to be sent, unless there is one of its kind and channel about the same thing.</summary>
    Task AddOnceAsync(Notification notification, CancellationToken ct);

    /// <summary>The customer's notifications, newest first.</summary>
    Task<IReadOnlyList<Notification>> ListAsync(Guid customerId, Guid? before, int limit, CancellationToken ct);

    /// <summary>
    /// Hands the notification that is due longest to <paramref name="send"/>, which notes the outcome in it, and saves that. No other instance gets the
    /// same one meanwhile; if this one dies, it is due again.
    /// </summary>
    /// <returns>False when nothing is due.</returns>
    Task<bool> SendNextAsync(Func<Notification, Task> send, CancellationToken ct);
}
