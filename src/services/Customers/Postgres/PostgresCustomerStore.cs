using Kampung.Messaging;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace Kampung.Customers.Postgres;

/// <summary>Customers in PostgreSQL.</summary>
sealed class PostgresCustomerStore(CustomersDb db) : ICustomerStore
{
    public Task<Customer?> Find(Guid id, CancellationToken ct) =>
        db.Customers.Where(row => row.Id == id).Select(row => row.Document).SingleOrDefaultAsync(ct);

    public async Task<IReadOnlyList<Customer>> List(Guid after, int limit, CancellationToken ct) =>
        await db.Customers.Where(row => row.Id > after).OrderBy(row => row.Id).Take(limit).Select(row => row.Document).ToListAsync(ct);

    public Task Save(Customer customer, IEvent tell, CancellationToken ct)
    {
        var entry = db.Entry(RowOf(customer));
        entry.State = customer.Version == 1 ? EntityState.Added : EntityState.Modified;
        if (customer.Version > 1) entry.Property(row => row.Version).OriginalValue = customer.Version - 1;
        return Commit(tell, ct);
    }

    public Task Delete(Customer customer, IEvent tell, CancellationToken ct)
    {
        db.Remove(RowOf(customer));
        return Commit(tell, ct);
    }

    async Task Commit(IEvent tell, CancellationToken ct)
    {
        db.Publish(tell);
        try
        {
            await db.SaveChangesAsync(ct);
        }
        catch (DbUpdateConcurrencyException e)
        {
            throw new ChangedMeanwhileException(e);
        }
        catch (DbUpdateException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            throw new EmailTakenException(e);
        }
        finally
        {
            db.ChangeTracker.Clear();
        }
    }

    static CustomerRow RowOf(Customer customer) =>
        new() { Id = customer.Id, Version = customer.Version, Document = customer, EmailKey = Customer.EmailKey(customer.Email) };
}
