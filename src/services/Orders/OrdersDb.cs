using System.Text.Json;
using Kampung.Messaging;
using Kampung.ServiceDefaults;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Kampung.Orders;

public sealed class OrdersDb(DbContextOptions<OrdersDb> options) : DbContext(options)
{
    public DbSet<Order> Orders => Set<Order>();
    public DbSet<Progress> Plans => Set<Progress>();
    public DbSet<TimelineEntry> Timeline => Set<TimelineEntry>();
    public DbSet<IdempotencyKey> IdempotencyKeys => Set<IdempotencyKey>();

    /// <summary>
    /// The fence: keeps everybody else from the order until the transaction ends, provided that its progress is still the one that was read.
    /// What is decided on it then follows what was decided before, in the tables, the timeline and the outbox.
    /// </summary>
    public async Task<bool> LockAsync(Progress progress, CancellationToken ct) =>
        (await Database.SqlQuery<int>(
            $"""select version as "Value" from plans where order_id = {progress.OrderId} and version = {progress.Version} for update""").ToListAsync(ct)).Count == 1;

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.AddMessaging();

        var order = modelBuilder.Entity<Order>();
        order.Property(o => o.Id).ValueGeneratedNever();
        order.HasIndex(o => new { o.CustomerId, o.Id });
        order.Property(o => o.Status).HasConversion<string>();
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
