using Microsoft.EntityFrameworkCore;

namespace Kampung.Notifications.Storage;

sealed class PostgresNotificationStore(NotificationsDb db, TimeProvider time) : INotificationStore
{
    // Each of the statements settles by itself what happens when two of them meet, so none can fail the transaction that it runs in.

    public Task KeepAsync(Contact contact, DateTimeOffset asOf, CancellationToken ct) => db.Database.ExecuteSqlAsync($"""
        insert into contacts (customer_id, as_of, document) values ({contact.CustomerId}, {asOf.ToUniversalTime()}, {NotificationsDb.Write(contact)}::jsonb)
        on conflict (customer_id) do update set as_of = excluded.as_of, document = excluded.document
        where contacts.document is not null and contacts.as_of <= excluded.as_of
        """, ct);

    public async Task ForgetAsync(Guid customerId, DateTimeOffset asOf, CancellationToken ct)
    {
        await db.Database.ExecuteSqlAsync($"""
            insert into contacts (customer_id, as_of, document) values ({customerId}, {asOf.ToUniversalTime()}, null)
            on conflict (customer_id) do update set as_of = excluded.as_of, document = null
            """, ct);
        await db.Database.ExecuteSqlAsync($$"""
            update notifications
            set document = document || '{"toName": "", "toAddress": "", "text": "", "html": ""}',
                state = case state when 'pending' then 'dropped' else state end
            where customer_id = {{customerId}}
            """, ct);
    }

    public async Task<Contact?> FindContactAsync(Guid customerId, CancellationToken ct)
    {
        // Locked, so that who leaves at this moment leaves before or after this event, not in the middle of it.
        var row = await db.Contacts.FromSql($"select * from contacts where customer_id = {customerId} for share").AsNoTracking().SingleOrDefaultAsync(ct);
        return row is null ? throw new UnknownContactException(customerId) : row.Contact;
    }

    public Task AddOnceAsync(Notification n, CancellationToken ct) => db.Database.ExecuteSqlAsync($"""
        insert into notifications (id, customer_id, about, kind, channel, created_at, state, attempts, due_at, document)
        values ({n.Id}, {n.CustomerId}, {n.About}, {n.Kind}, {n.Channel}, {n.CreatedAt}, {NotificationsDb.Write(n.State)}, {n.Attempts}, {n.DueAt},
            {NotificationsDb.Write(n.Letter)}::jsonb)
        on conflict (about, kind, channel) do nothing
        """, ct);

    public async Task<IReadOnlyList<Notification>> ListAsync(Guid customerId, Guid? before, int limit, CancellationToken ct)
    {
        var mine = db.Notifications.AsNoTracking().Where(notification => notification.CustomerId == customerId);
        if (before is { } last)
            mine = mine.Where(notification => notification.Id < last);
        return await mine.OrderByDescending(notification => notification.Id).Take(limit).ToListAsync(ct);
    }

    public async Task<bool> SendNextAsync(Func<Notification, Task> send, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var now = time.GetUtcNow();
        var next = await db.Notifications.FromSql($"""
            select * from notifications where state = 'pending' and due_at <= {now} order by due_at limit 1 for update skip locked
            """).SingleOrDefaultAsync(ct);
        if (next is null)
            return false;
        await send(next);
        // It is out: that must be noted, also when the process is told to stop.
        await db.SaveChangesAsync(CancellationToken.None);
        await transaction.CommitAsync(CancellationToken.None);
        return true;
    }
}
