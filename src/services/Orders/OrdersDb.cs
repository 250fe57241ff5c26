using System.Text.Json;
using Kampung.Messaging;
using Kampung.ServiceDefaults;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Storage;

namespace Kampung.Orders;

public sealed class OrdersDb(DbContextOptions<OrdersDb> options) : DbContext(options)
{
    public DbSet<Order> Orders => Set<Order>();
    public DbSet<Progress> Plans => Set<Progress>();
    public DbSet<TimelineEntry> Timeline => Set<TimelineEntry>();
    public DbSet<IdempotencyKey> IdempotencyKeys => Set<IdempotencyKey>();

    /// <summary>What is to be done once the transaction that is open has committed, and never if it does not.</summary>
    internal List<Action> AfterCommit { get; } = [];

    /// <summary>Without the savepoint that EF sets for those who want to go on after a failure: here the transaction is over then.</summary>
    internal async Task SaveAndCommitAsync(IDbContextTransaction transaction, CancellationToken ct)
    {
        Database.AutoSavepointsEnabled = false;
        await SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.AddMessaging();

        var order = modelBuilder.Entity<Order>();
        order.Property(o => o.Id).ValueGeneratedNever();
        order.HasIndex(o => new { o.CustomerId, o.Id });
        // The open ones, for operators: few, however many orders there are.
        order.HasIndex(o => o.Id).HasFilter("status in ('Placed', 'Confirmed')");
        order.Property(o => o.Status).HasConversion<string>();
        order.Property(o => o.Flow).HasConversion<string>();
        order.Property(o => o.Total).HasPrecision(12, 2);
        Document(order.Property(o => o.Lines));
        Document(order.Property(o => o.Address));
        order.HasMany(o => o.Timeline).WithOne().HasForeignKey(entry => entry.OrderId);

        var entry = modelBuilder.Entity<TimelineEntry>().ToTable("timeline");
        entry.HasKey(e => new { e.OrderId, e.Sequence });
        entry.Property(e => e.Sequence).ValueGeneratedNever();

        var plan = modelBuilder.Entity<Progress>().ToTable("plans");
        plan.HasKey(p => p.OrderId);
        plan.HasOne<Order>().WithOne().HasForeignKey<Progress>(p => p.OrderId);
        plan.Property(p => p.Direction).HasConversion<string>();
        plan.HasIndex(p => p.Lease).HasFilter("lease is not null");
        plan.HasIndex(p => p.Due).HasFilter("direction <> 'Ended'");

        var key = modelBuilder.Entity<IdempotencyKey>().ToTable("idempotency_keys");
        key.HasKey(k => new { k.CustomerId, k.Key });
        key.HasIndex(k => k.CreatedAt);
    }

    /// <summary>Keeps an immutable value as jsonb.</summary>
    static void Document<T>(PropertyBuilder<T> property) where T : class => property.HasColumnType("jsonb").HasConversion(
        value => JsonSerializer.Serialize(value, Json.Options),
        json => JsonSerializer.Deserialize<T>(json, Json.Options)!,
        new ValueComparer<T>((a, b) => ReferenceEquals(a, b), value => value.GetHashCode(), value => value));
}

/// <summary>Which order a customer's key stands for, with the hash of the request that it came with.</summary>
public sealed record IdempotencyKey(Guid CustomerId, string Key, byte[] RequestHash, Guid OrderId, DateTimeOffset CreatedAt);
