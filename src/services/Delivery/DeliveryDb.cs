using System.Text.Json;
using Kampung.Messaging;
using Kampung.ServiceDefaults;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;

namespace Kampung.Delivery;

public sealed class DeliveryDb(DbContextOptions<DeliveryDb> options) : DbContext(options)
{
    public DbSet<Delivery> Deliveries => Set<Delivery>();
    public DbSet<Rider> Riders => Set<Rider>();

    /// <summary>Reads a delivery and keeps everybody else from changing it until the transaction ends.</summary>
    public async Task<Delivery?> LockAsync(Guid id, CancellationToken ct) =>
        (await Deliveries.FromSql($"select * from deliveries where id = {id} for update").ToListAsync(ct)).SingleOrDefault();

    /// <summary>
    /// The deliveries of these orders, locked; those that are not known yet are added, so that who comes second waits for who came first. Locks are taken in
    /// the order of the ids, so that two who need several do not wait for each other crosswise.
    /// </summary>
    public async Task<Dictionary<Guid, Delivery>> LockOrAddAsync(IEnumerable<Guid> orderIds, DateTimeOffset now, CancellationToken ct)
    {
        var orders = orderIds.Distinct().ToArray();
        var ids = orders.Select(_ => Guid.CreateVersion7(now)).ToArray();
        // The update changes nothing: it makes the statement lock and return the row that is there.
        return await Deliveries.FromSql(
            $"""
            insert into deliveries (id, order_id, flow, placed, needs_kitchen, paid, meals_ready, status, tried, attempt, created_at)
            select id, order_id, {nameof(Flow.Orchestrated)}, false, false, false, false, {nameof(DeliveryStatus.Held)}, array[]::uuid[], 0, {now}
            from unnest({ids}, {orders}) as fresh (id, order_id) order by order_id
            on conflict (order_id) do update set paid = deliveries.paid returning *
            """).AsAsyncEnumerable().ToDictionaryAsync(delivery => delivery.OrderId, cancellationToken: ct);
    }

    /// <summary>Deliveries of which something is due; none that another instance is at.</summary>
    public Task<List<Delivery>> LockDueAsync(DateTimeOffset now, int limit, CancellationToken ct) =>
        Deliveries.FromSql($"select * from deliveries where wake_at <= {now} order by wake_at limit {limit} for update skip locked").ToListAsync(ct);

    /// <summary>Those who wait for a rider, who has waited longest first; none that another instance is at.</summary>
    public Task<List<Delivery>> LockWaitingAsync(int limit, CancellationToken ct) =>
        Deliveries.FromSql($"select * from deliveries where status = 'Waiting' order by waiting_since limit {limit} for update skip locked").ToListAsync(ct);

    public Task<bool> AnyWaitingAsync(CancellationToken ct) => Deliveries.AnyAsync(delivery => delivery.Status == DeliveryStatus.Waiting, ct);

    /// <summary>Keeps everybody else from assigning riders until the transaction ends.</summary>
    public Task LockRidersAsync(CancellationToken ct) => Database.ExecuteSqlAsync($"select from riders order by id for no key update", ct);

    /// <summary>Riders on duty, in changing order, so that those with as much to do take turns.</summary>
    public Task<List<RiderAtWork>> RidersOnDutyAsync(CancellationToken ct) => Database.SqlQuery<RiderAtWork>(
        $"""
        select id, name, on_duty, (select count(*)::int from deliveries where rider_id = riders.id and status in ('Assigned', 'PickedUp')) as load
        from riders where on_duty order by random()
        """).ToListAsync(ct);

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.AddMessaging();

        var delivery = modelBuilder.Entity<Delivery>();
        delivery.Property(d => d.Id).ValueGeneratedNever();
        delivery.Property(d => d.Flow).HasConversion<string>();
        delivery.Property(d => d.Status).HasConversion<string>();
        delivery.Property(d => d.Address).HasColumnType("jsonb").HasConversion(
            address => JsonSerializer.Serialize(address, Json.Options),
            json => JsonSerializer.Deserialize<Address>(json, Json.Options));
        delivery.Property(d => d.Parcels).HasColumnType("jsonb").HasDefaultValueSql("'[]'").HasConversion(
            parcels => JsonSerializer.Serialize(parcels, Json.Options),
            json => JsonSerializer.Deserialize<IReadOnlyList<Parcel>>(json, Json.Options)!,
            new ValueComparer<IReadOnlyList<Parcel>>((a, b) => ReferenceEquals(a, b), value => value.GetHashCode(), value => value));
        delivery.Ignore(d => d.Rider);
        delivery.HasIndex(d => d.OrderId).IsUnique();
        delivery.HasIndex(d => d.WakeAt).HasFilter("wake_at is not null");
        delivery.HasIndex(d => d.WaitingSince).HasFilter("status = 'Waiting'");
        delivery.HasIndex(d => d.RiderId).HasFilter("status in ('Assigned', 'PickedUp')");
        delivery.HasIndex(d => d.EndedAt).HasFilter("ended_at is not null");

        var rider = modelBuilder.Entity<Rider>();
        rider.Property(r => r.Id).ValueGeneratedNever();
        rider.HasIndex(r => r.Name).IsUnique();
    }
}
