using Microsoft.EntityFrameworkCore;

namespace Kampung.Notifications.Storage;

sealed class PostgresNotificationStore(NotificationsDb db, TimeProvider time) : INotificationStore
{
    // What a slow server takes is noted message by message.
    static readonly TimeSpan LongEnough = TimeSpan.FromSeconds(0.5);

    // Each of the statements settles by itself what happens when two of them meet, so none can fail the transaction that it runs in.

    public Task KeepAsync(Contact contact, DateTimeOffset asOf, CancellationToken ct) => db.Database.ExecuteSqlAsync($"""
        insert into contacts (customer_id, as_of, document) values ({contact.CustomerId}, {asOf.ToUniversalTime()}, {NotificationsDb.Write(contact)}::jsonb)
        on conflict (customer_id) do update set as_of = excluded.as_of, document = excluded.document
        where contacts.document is not null and contacts.as_of <= excluded.as_of
        """, ct);

    public async Task<Preferences> PreferencesAsync(Guid customerId, CancellationToken ct) =>
        (await db.Preferences.AsNoTracking().SingleOrDefaultAsync(row => row.CustomerId == customerId, ct))?.Preferences ?? Preferences.Default;

    public Task KeepAsync(Guid customerId, Preferences preferences, CancellationToken ct) => db.Database.ExecuteSqlAsync($"""
        insert into preferences (customer_id, document) values ({customerId}, {NotificationsDb.Write(preferences)}::jsonb)
        on conflict (customer_id) do update set document = excluded.document
        """, ct);

    public async Task ForgetAsync(Guid customerId, DateTimeOffset asOf, CancellationToken ct)
    {
        await db.Database.ExecuteSqlAsync($"""
            insert into contacts (customer_id, as_of, document) values ({customerId}, {asOf.ToUniversalTime()}, null)
            on conflict (customer_id) do update set as_of = excluded.as_of, document = null
            """, ct);
        await db.Database.ExecuteSqlAsync($"delete from preferences where customer_id = {customerId}", ct);
        await db.Database.ExecuteSqlAsync($$"""
            update notifications
            set document = document || '{"toName": "", "toAddress": "", "text": "", "html": "", "parameters": null}',
                state = case state when 'pending' then 'dropped' else state end
            where customer_id = {{customerId}}
            """, ct);
    }

    public async Task<Addressee?> FindAsync(Guid customerId, CancellationToken ct)
    {
        // Locked, so that who leaves at this moment leaves before or after this event, not in the middle of it.
        var found = await db.Database.SqlQuery<Found>($"""
            select contact.document::text as contact, chosen.document::text as preferences
            from contacts contact left join preferences chosen using (customer_id) where customer_id = {customerId} for share of contact
            """).ToListAsync(ct);
        if (found is not [var row]) throw new UnknownContactException(customerId);
        return row.Contact is null ? null : new(
            NotificationsDb.Read<Contact>(row.Contact), row.Preferences is null ? Preferences.Default : NotificationsDb.Read<Preferences>(row.Preferences));
    }

    sealed record Found(string? Contact, string? Preferences);

    public Task AddOnceAsync(IReadOnlyList<Notification> notifications, CancellationToken ct) 
    {
        return db.Database.ExecuteSqlAsync($"""
        insert into notifications (id, customer_id, about, kind, channel, created_at, state, attempts, due_at, sent_at, document)
        select * from unnest({Each(n => n.Id)}, {Each(n => n.CustomerId)}, {Each(n => n.About)}, {Each(n => n.Kind)}, {Each(n => n.Channel)}, {Each(n => n.CreatedAt)},
            {Each(n => NotificationsDb.Write(n.State))}, {Each(n => n.Attempts)}, {Each(n => n.DueAt)}, {Each(n => n.SentAt)}, {Each(n => NotificationsDb.Write(n.Letter))}::jsonb[])
        on conflict (about, kind, channel) do nothing
        """, ct);

        T[] Each<T>(Func<Notification, T> value) => [.. notifications.Select(value)];
    }

    public async Task<IReadOnlyList<Notification>> ListAsync(Guid customerId, string? channel, bool unreadOnly, Guid? before, int limit, CancellationToken ct)
    {
        var mine = db.Notifications.AsNoTracking().Where(notification => notification.CustomerId == customerId && notification.Kind != Kind.PasswordReset);
        if (channel is not null) mine = mine.Where(notification => notification.Channel == channel);
        if (unreadOnly) mine = mine.Where(notification => notification.Channel == Channel.InApp && notification.ReadAt == null);
        if (before is { } last) mine = mine.Where(notification => notification.Id < last);
        return await mine.OrderByDescending(notification => notification.Id).Take(limit).ToListAsync(ct);
    }

    public async Task<bool> ReadAsync(Guid customerId, Guid id, CancellationToken ct) =>
        await db.Database.ExecuteSqlAsync($"""
            update notifications set read_at = coalesce(read_at, {time.GetUtcNow()}) where id = {id} and customer_id = {customerId} and channel = {Channel.InApp}
            """, ct) == 1;

    public async Task<bool> SendDueAsync(string channel, int atMost, Func<Notification, Task> send, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var begun = time.GetTimestamp();
        var due = await db.Notifications.FromSql($"""
            select * from notifications where state = 'pending' and channel = {channel} and due_at <= {time.GetUtcNow()} order by due_at limit {atMost} for update skip locked
            """).ToListAsync(ct);
        if (due.Count == 0) return false;
        foreach (var notification in due)
        {
            await send(notification);
            if (ct.IsCancellationRequested || time.GetElapsedTime(begun) > LongEnough) break;
        }
        // They are out: that must be noted, also when the process is told to stop.
        await db.SaveChangesAsync(CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
        return true;
    }

    public Task<int> ForgetOldAsync(DateTimeOffset before, int limit, CancellationToken ct) => db.Database.ExecuteSqlAsync($"""
        delete from notifications where id in (select id from notifications where created_at < {before} and state <> 'pending' limit {limit} for update skip locked)
        """, ct);

    public async Task<IReadOnlyList<Tally>> TallyAsync((Guid About, string Kind, string Channel)? after, int limit, CancellationToken ct)
    {
        var (about, kind, channel) = after ?? (Guid.Empty, "", "");
        return await db.Database.SqlQuery<TallyRow>($"""
            select about, min(document->>'orderId') as order_id, min(customer_id::text) as customer_id, kind, channel, min(state) as state, count(*)::int as count
            from notifications where (about, kind, channel) > ({about}, {kind}, {channel})
            group by about, kind, channel order by about, kind, channel limit {limit}
            """).AsAsyncEnumerable().Select(row => row.ToTally()).ToListAsync(ct);
    }

    sealed record TallyRow(Guid About, string? OrderId, string CustomerId, string Kind, string Channel, string State, int Count)
    {
        public Tally ToTally() => new(About, OrderId is null ? null : Guid.Parse(OrderId), Guid.Parse(CustomerId), Kind, Channel, Enum.Parse<NotificationState>(State, ignoreCase: true), Count);
    }

    public async Task<IReadOnlyList<Unreachable>> UnreachablesAsync(Guid? after, int limit, CancellationToken ct)
    {
        var rows = await db.Database.SqlQuery<UnreachableRow>($"""
            select customer_id, contact.document is null as has_left, chosen.document::text as preferences
            from contacts contact left join preferences chosen using (customer_id)
            where customer_id > {after ?? Guid.Empty} and (contact.document is null or chosen.document is not null)
            order by customer_id limit {limit}
            """).ToListAsync(ct);
        return [.. rows.Select(row => row.Preferences is null ? new Unreachable(row.CustomerId, row.HasLeft, [], Channels: null) : Choosing(row, NotificationsDb.Read<Preferences>(row.Preferences)))];

        static Unreachable Choosing(UnreachableRow row, Preferences chosen) => new(row.CustomerId, row.HasLeft, chosen.Muted, chosen.Channels);
    }

    sealed record UnreachableRow(Guid CustomerId, bool HasLeft, string? Preferences);
}
