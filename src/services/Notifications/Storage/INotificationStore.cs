namespace Kampung.Notifications.Storage;

/// <summary>Contacts and notifications, as documents. What is written while an event is handled takes effect together with "this event was handled".</summary>
interface INotificationStore
{
    /// <summary>Keeps what is known at <paramref name="asOf"/>. Something newer that is known already stays, and who has left stays forgotten.</summary>
    Task KeepAsync(Contact contact, DateTimeOffset asOf, CancellationToken ct);

    /// <summary>What the customer chose, or the default.</summary>
    Task<Preferences> PreferencesAsync(Guid customerId, CancellationToken ct);

    Task KeepAsync(Guid customerId, Preferences preferences, CancellationToken ct);

    /// <summary>Forgets the contact for good, empties what was written to them, and drops what still waits.</summary>
    Task ForgetAsync(Guid customerId, DateTimeOffset asOf, CancellationToken ct);

    /// <summary>How and by what to reach a customer; null for one who has left.</summary>
    /// <exception cref="UnknownContactException">Nothing was heard of this customer.</exception>
    Task<Addressee?> FindAsync(Guid customerId, CancellationToken ct);

    /// <summary>Adds those notifications of which there is none yet of the same kind and channel about the same thing.</summary>
    Task AddOnceAsync(IReadOnlyList<Notification> notifications, CancellationToken ct);

    /// <summary>The customer's notifications, newest first.</summary>
    /// <param name="channel">Null for all.</param>
    Task<IReadOnlyList<Notification>> ListAsync(Guid customerId, string? channel, bool unreadOnly, Guid? before, int limit, CancellationToken ct);

    /// <summary>The customer has seen it.</summary>
    /// <returns>False when the customer has no such notification in the shop.</returns>
    Task<bool> ReadAsync(Guid customerId, Guid id, CancellationToken ct);

    /// <summary>
    /// Hands the notifications of this channel that are due longest one by one to <paramref name="send"/>, which notes the outcome in them, and saves that. Nobody
    /// else gets the same ones meanwhile; if this process dies, they are due again.
    /// </summary>
    /// <returns>False when nothing is due.</returns>
    Task<bool> SendDueAsync(string channel, int atMost, Func<Notification, Task> send, CancellationToken ct);

    /// <summary>Forgets at most so many notifications that were settled before a time.</summary>
    /// <returns>How many there were.</returns>
    Task<int> ForgetOldAsync(DateTimeOffset before, int limit, CancellationToken ct);

    /// <summary>All notifications, counted by what makes them one, in the order of that.</summary>
    Task<IReadOnlyList<Tally>> TallyAsync((Guid About, string Kind, string Channel)? after, int limit, CancellationToken ct);

    /// <summary>Customers who have left, or have chosen what they are told and how, in the order of their ids.</summary>
    Task<IReadOnlyList<Unreachable>> UnreachablesAsync(Guid? after, int limit, CancellationToken ct);
}

/// <summary>Somebody to be told something.</summary>
sealed record Addressee(Contact Contact, Preferences Preferences);
