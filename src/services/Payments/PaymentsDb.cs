using Kampung.Messaging;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Payments;

public sealed class PaymentsDb(DbContextOptions<PaymentsDb> options) : DbContext(options)
{
    public DbSet<Payment> Payments => Set<Payment>();
    public DbSet<AwaitedOrder> AwaitedOrders => Set<AwaitedOrder>();

    /// <summary>Reads a payment with its refunds and keeps everybody else from changing it until the transaction ends.</summary>
    public async Task<Payment> LockAsync(Guid id, CancellationToken ct)
    {
        await Database.ExecuteSqlAsync($"select from payments where id = {id} for update", ct);
        return await Payments.Include(payment => payment.Refunds).SingleAsync(payment => payment.Id == id, ct);
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.AddMessaging();

        var payment = modelBuilder.Entity<Payment>();
        payment.Property(p => p.Id).ValueGeneratedNever();
        payment.HasIndex(p => p.OrderId).IsUnique();
        payment.HasIndex(p => new { p.CustomerId, p.Id });
        payment.HasIndex(p => p.Due).HasFilter("due is not null");
        payment.Property(p => p.Status).HasConversion<string>();
        payment.Property(p => p.Flow).HasConversion<string>();
        payment.Property(p => p.Amount).HasPrecision(12, 2);
        payment.Property(p => p.Refunded).HasPrecision(12, 2);
        payment.HasMany(p => p.Refunds).WithOne().HasForeignKey("PaymentId").IsRequired();

        var refund = modelBuilder.Entity<Refund>().ToTable("refunds");
        refund.Property(r => r.Id).ValueGeneratedNever();
        refund.Property(r => r.Key);
        refund.Property(r => r.Amount).HasPrecision(12, 2);
        refund.Property(r => r.CreatedAt);
        refund.Property(r => r.Due);
        refund.HasIndex("PaymentId", nameof(Refund.Key)).IsUnique();
        refund.HasIndex(r => r.Due).HasFilter("settled_at is null");

        var awaited = modelBuilder.Entity<AwaitedOrder>().ToTable("awaited_orders");
        awaited.HasKey(o => o.OrderId);
        awaited.Property(o => o.OrderId).ValueGeneratedNever();
        awaited.Ignore(o => o.Terms);
        awaited.Property(o => o.Amount).HasPrecision(12, 2);
        awaited.HasIndex(o => o.HeardAt);
    }
}
