using Kampung.ServiceDefaults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Kampung.Inventory;

/// <summary>All that is set aside and all that is there, for whoever checks that the books of the village balance.</summary>
static class Audit
{
    public sealed record ReservationEntry(Guid OrderId, ReservationStatus Status, IReadOnlyList<ReservedLine> Lines);

    public sealed record StockEntry(Guid VariantId, bool Counted, long Received, long OnHand, long Reserved, long Sold);

    public static void MapAudit(this WebApplication app)
    {
        var audit = app.MapGroup("/audit").WithTags("Audit").OnlyFor(Role.Operator);
        audit.MapGet("/reservations", Reservations).WithName("AuditReservations");
        audit.MapGet("/stock", Stock).WithName("AuditStock");
    }

    static async Task<AuditPage<ReservationEntry>> Reservations(
        AuditPaging paging, InventoryDb db, IOptionsMonitor<InventoryOptions> options, TimeProvider time, CancellationToken ct)
    {
        var after = paging.After<Guid?>();
        var reservations = await db.Reservations.AsNoTracking()
            .Where(r => r.Status != null && (after == null || r.OrderId > after))
            .OrderBy(r => r.OrderId).Take(paging.Limit + 1).ToListAsync(ct);
        return Page.Of(reservations, paging.Limit, r => new ReservationEntry(r.OrderId, r.Status!.Value, r.Lines), r => r.OrderId)
            .KeptSince(time.GetUtcNow() - options.CurrentValue.EndedReservationsKept);
    }

    static async Task<Page<StockEntry>> Stock(AuditPaging paging, InventoryDb db, CancellationToken ct)
    {
        var after = paging.After<Guid?>();
        var stock = await db.Stock.AsNoTracking()
            .Where(s => after == null || s.VariantId > after)
            .OrderBy(s => s.VariantId).Take(paging.Limit + 1).ToListAsync(ct);
        return Page.Of(stock, paging.Limit, s => new StockEntry(s.VariantId, s.Counted, s.Received, s.OnHand, s.Reserved, s.Sold), s => s.VariantId);
    }
}
