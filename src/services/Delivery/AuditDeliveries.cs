using Kampung.ServiceDefaults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Kampung.Delivery;

/// <summary>GET /audit/deliveries (inside): every delivery, for whoever checks that the village's books agree.</summary>
static class AuditDeliveries
{
    public sealed record Entry(Guid OrderId, DeliveryStatus Status);

    public static void MapAuditDeliveries(this RouteGroupBuilder audit) => audit.MapGet("/deliveries", Handle).WithName("AuditDeliveries");

    static async Task<AuditPage<Entry>> Handle(AuditPaging paging, DeliveryDb db, IOptionsMonitor<DeliveryOptions> options, TimeProvider time, CancellationToken ct)
    {
        var after = paging.After<Guid?>();
        var deliveries = await db.Deliveries.AsNoTracking()
            .Where(delivery => delivery.Placed && (after == null || delivery.Id > after))
            .OrderBy(delivery => delivery.Id)
            .Take(paging.Limit + 1)
            .Select(delivery => new { delivery.Id, delivery.OrderId, delivery.Status })
            .ToListAsync(ct);
        return Page.Of(deliveries, paging.Limit, delivery => new Entry(delivery.OrderId, delivery.Status), delivery => delivery.Id)
            .KeptSince(time.GetUtcNow() - options.CurrentValue.DeliveriesKept);
    }
}
