using Kampung.ServiceDefaults;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Orders;

/// <summary>GET /audit/orders (inside): every order with what it is worth and what it waits for, for whoever checks that the village's books agree.</summary>
static class AuditOrders
{
    public sealed record Line(Guid VariantId, int Quantity, string Kind);

    public sealed record Entry(
        Guid OrderId, Guid CustomerId, OrderStatus Status, Flow Flow, string Currency, decimal Total, IReadOnlyList<Line> Lines, DateTimeOffset PlacedAt, Waiting? Waiting);

    public static void MapAuditOrders(this RouteGroupBuilder audit) => audit.MapGet("/orders", Handle).WithName("AuditOrders");

    static async Task<Page<Entry>> Handle(AuditPaging paging, OrdersDb db, CancellationToken ct)
    {
        var after = paging.After<Guid?>();
        var rows = await (from order in db.Orders.AsNoTracking()
                          where after == null || order.Id > after
                          join plan in db.Plans.AsNoTracking() on order.Id equals plan.OrderId into plans
                          from progress in plans.DefaultIfEmpty()
                          orderby order.Id
                          select new { order, progress }).Take(paging.Limit + 1).ToListAsync(ct);
        return Page.Of(rows, paging.Limit, row => Of(row.order, row.progress), row => row.order.Id);
    }

    static Entry Of(Order order, Progress? progress) => new(
        order.Id, order.CustomerId, order.Status, order.Flow, order.Currency, order.Total,
        [.. order.Lines.Select(line => new Line(line.VariantId, line.Quantity, line.Kind))], order.PlacedAt, Waiting.Of(order, progress));
}
