using System.Text.Json;
using Kampung.Messaging;
using Kampung.ServiceDefaults;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;

namespace Kampung.Kitchen;

public sealed class KitchenDb(DbContextOptions<KitchenDb> options) : DbContext(options)
{
    public DbSet<KitchenOrder> Orders => Set<KitchenOrder>();
    public DbSet<Ticket> Tickets => Set<Ticket>();
    public DbSet<Station> Stations => Set<Station>();

    /// <summary>Reads an order with its tickets and keeps everybody else from changing it until the transaction ends.</summary>
    public async Task<KitchenOrder?> LockAsync(Guid orderId, CancellationToken ct)
    {
        var order = (await Orders.FromSql($"select * from orders where order_id = {orderId} for update").ToListAsync(ct)).SingleOrDefault();
        if (order is { Placed: true }) await LoadTicketsAsync([order], ct);
        return order;
    }

    /// <summary>
    /// As <see cref="LockAsync"/> for several; those that are not known yet are added, so that who comes second waits for who came first. Locks are taken in the
    /// order of the ids, so that two who need several do not wait for each other crosswise.
    /// </summary>
    public async Task<Dictionary<Guid, KitchenOrder>> LockOrAddAsync(IEnumerable<Guid> orderIds, CancellationToken ct)
    {
        var ids = orderIds.Distinct().ToArray();
        // The update changes nothing: it makes the statement lock and return the row that is there.
        var orders = await Orders.FromSql(
            $"""
            insert into orders (order_id, flow, placed, paid, cancelled)
            select id, {nameof(Flow.Orchestrated)}, false, false, false from unnest({ids}) as id order by id
            on conflict (order_id) do update set paid = orders.paid returning *
            """).AsAsyncEnumerable().ToDictionaryAsync(order => order.OrderId, cancellationToken: ct);
        List<KitchenOrder> placed = [.. orders.Values.Where(order => order.Placed)];
        if (placed.Count > 0) await LoadTicketsAsync(placed, ct);
        return orders;
    }

    /// <summary>Orders of which something is due, with their tickets; none that another instance is at.</summary>
    public async Task<IReadOnlyList<KitchenOrder>> LockDueAsync(DateTimeOffset now, int limit, CancellationToken ct)
    {
        var orders = await Orders.FromSql($"select * from orders where wake_at <= {now} order by wake_at limit {limit} for update skip locked").ToListAsync(ct);
        if (orders.Count > 0) await LoadTicketsAsync(orders, ct);
        return orders;
    }

    Task LoadTicketsAsync(IReadOnlyList<KitchenOrder> orders, CancellationToken ct)
    {
        var ids = orders.Select(order => order.OrderId).ToArray();
        return Tickets.Where(ticket => ids.Contains(ticket.OrderId)).OrderBy(ticket => ticket.Id).LoadAsync(ct);
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.AddMessaging();

        var order = modelBuilder.Entity<KitchenOrder>().ToTable("orders");
        order.HasKey(o => o.OrderId);
        order.Property(o => o.OrderId).ValueGeneratedNever();
        order.Property(o => o.Flow).HasConversion<string>();
        order.HasMany(o => o.Tickets).WithOne().HasForeignKey(t => t.OrderId);
        order.HasIndex(o => o.WakeAt).HasFilter("wake_at is not null");
        order.HasIndex(o => o.EndedAt).HasFilter("ended_at is not null");

        var ticket = modelBuilder.Entity<Ticket>();
        ticket.Property(t => t.Id).ValueGeneratedNever();
        ticket.Property(t => t.Status).HasConversion<string>();
        ticket.Ignore(t => t.Open);
        ticket.Property(t => t.Lines).HasColumnType("jsonb").HasConversion(
            lines => JsonSerializer.Serialize(lines, Json.Options),
            json => JsonSerializer.Deserialize<IReadOnlyList<TicketLine>>(json, Json.Options)!,
            new ValueComparer<IReadOnlyList<TicketLine>>((a, b) => ReferenceEquals(a, b), lines => lines.Count, lines => lines));
        ticket.HasIndex(t => new { t.Stall, t.Id });
        ticket.HasIndex(t => t.StationId).HasFilter("status = 'Accepted'");

        var station = modelBuilder.Entity<Station>();
        station.Property(s => s.Id).ValueGeneratedNever();
        station.Ignore(s => s.Name);
        station.HasIndex(s => new { s.Stall, s.Number }).IsUnique();
    }
}
