using System.Text.Json;
using Kampung.Messaging;
using Kampung.ServiceDefaults;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;

namespace Kampung.Inventory;

public sealed class InventoryDb(DbContextOptions<InventoryDb> options) : DbContext(options)
{
    public DbSet<Reservation> Reservations => Set<Reservation>();
    public DbSet<Stock> Stock => Set<Stock>();
    public DbSet<Adjustment> Adjustments => Set<Adjustment>();

    /// <summary>Reads what is known of these orders, and keeps everybody else from it until the transaction ends.</summary>
    public async Task<Dictionary<Guid, Reservation>> LockReservationsAsync(IEnumerable<Guid> orders, CancellationToken ct)
    {
        var ids = orders.Distinct().ToArray();
        if (ids.Length == 0) return [];
        return (await Reservations.FromSql($"select * from reservations where order_id = any({ids}) order by order_id for update").ToListAsync(ct))
            .ToDictionary(reservation => reservation.OrderId);
    }

    /// <summary>Reads the stock of these variants, and keeps everybody else from it until the transaction ends. Always in one order, so that nobody waits in a circle.</summary>
    public async Task<Dictionary<Guid, Stock>> LockStockAsync(IEnumerable<Guid> variants, CancellationToken ct)
    {
        var ids = variants.Distinct().ToArray();
        if (ids.Length == 0) return [];
        return (await Stock.FromSql($"select * from stock where variant_id = any({ids}) order by variant_id for update").ToListAsync(ct))
            .ToDictionary(stock => stock.VariantId);
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.AddMessaging();

        var stock = modelBuilder.Entity<Stock>().ToTable("stock", table => table.HasCheckConstraint("ck_stock_adds_up",
            "on_hand >= 0 and reserved >= 0 and sold >= 0 and on_hand + reserved + sold = received"));
        stock.HasKey(s => s.VariantId);
        stock.Property(s => s.VariantId).ValueGeneratedNever();
        stock.Ignore(s => s.Available);
        stock.HasIndex(s => new { s.Title, s.VariantId });

        var reservation = modelBuilder.Entity<Reservation>();
        reservation.HasKey(r => r.OrderId);
        reservation.Property(r => r.OrderId).ValueGeneratedNever();
        reservation.Property(r => r.Status).HasConversion<string>();
        reservation.Property(r => r.Flow).HasConversion<string>();
        reservation.Property(r => r.Lines).HasColumnType("jsonb").HasConversion(
            lines => JsonSerializer.Serialize(lines, Json.Options),
            json => JsonSerializer.Deserialize<List<ReservedLine>>(json, Json.Options)!,
            new ValueComparer<IReadOnlyList<ReservedLine>>((a, b) => ReferenceEquals(a, b), lines => lines.Count, lines => lines));
        reservation.HasIndex(r => r.ExpiresAt).HasFilter("status = 'Reserved' and not order_known");
        reservation.HasIndex(r => r.EndedAt).HasFilter("ended_at is not null");

        var adjustment = modelBuilder.Entity<Adjustment>();
        adjustment.HasKey(a => a.Key);
        adjustment.HasIndex(a => a.VariantId);
    }
}
