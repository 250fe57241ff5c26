using Microsoft.EntityFrameworkCore;

namespace Kampung.Orders;

/// <summary>Which requests were taken before: a customer's key, kept with the hash of its request in the transaction that saved the order.</summary>
static class IdempotencyKeys
{
    public const string Header = "Idempotency-Key";
    public const int MaxLength = 255;

    public static Task<IdempotencyKey?> FindAsync(this OrdersDb db, Guid customerId, string key, CancellationToken ct) =>
        db.IdempotencyKeys.AsNoTracking().SingleOrDefaultAsync(k => k.CustomerId == customerId && k.Key == key, ct);

    /// <summary>Commits what <paramref name="save"/> adds together with the key, unless the key is taken: then nothing is saved.</summary>
    /// <returns>Null, or what the key was taken with. Of several requests at once the first is waited for.</returns>
    public static async Task<IdempotencyKey?> KeepAsync(this OrdersDb db, IdempotencyKey key, Action save, CancellationToken ct)
    {
        await using var transaction = await db.Database.BeginTransactionAsync(ct);
        var isFirst = await db.Database.ExecuteSqlAsync(
            $"""
            insert into idempotency_keys (customer_id, key, request_hash, order_id, created_at)
            values ({key.CustomerId}, {key.Key}, {key.RequestHash}, {key.OrderId}, {key.CreatedAt}) on conflict do nothing
            """, ct) == 1;
        if (!isFirst) return await db.FindAsync(key.CustomerId, key.Key, ct);

        save();
        await db.SaveAndCommitAsync(transaction, ct);
        return null;
    }
}
