using Kampung.ServiceDefaults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Kampung.Kitchen;

/// <summary>GET /audit/tickets (inside): every ticket, for whoever checks that the village's books agree.</summary>
static class AuditTickets
{
    public sealed record Entry(Guid OrderId, Guid TicketId, string Stall, TicketStatus Status);

    public static void MapAuditTickets(this RouteGroupBuilder audit) => audit.MapGet("/tickets", Handle).WithName("AuditTickets");

    static async Task<AuditPage<Entry>> Handle(AuditPaging paging, KitchenDb db, IOptionsMonitor<KitchenOptions> options, TimeProvider time, CancellationToken ct)
    {
        var after = paging.After<Guid?>();
        var tickets = await db.Tickets.AsNoTracking()
            .Where(ticket => after == null || ticket.Id > after)
            .OrderBy(ticket => ticket.Id)
            .Take(paging.Limit + 1)
            .Select(ticket => new Entry(ticket.OrderId, ticket.Id, ticket.Stall, ticket.Status))
            .ToListAsync(ct);
        return Page.Of(tickets, paging.Limit, ticket => ticket, ticket => ticket.TicketId).KeptSince(time.GetUtcNow() - options.CurrentValue.OrdersKept);
    }
}
