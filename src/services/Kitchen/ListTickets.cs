using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Kitchen;

/// <summary>Tickets for those who cook, which are those of their stall: what is still to be cooked in the order in which it came, anything else newest first.</summary>
static class ListTickets
{
    const int MaxStall = 500;

    public static void MapListTickets(this RouteGroupBuilder tickets) => tickets.MapGet("", Handle).WithName("ListTickets");

    static async Task<Results<Ok<Page<TicketView>>, ProblemHttpResult>> Handle(
        Paging paging, Caller caller, KitchenDb db, CancellationToken ct, string? stall = null, string? status = null)
    {
        var after = paging.After<Guid?>();
        var errors = new FieldErrors();
        errors.AllowText(stall, "stall", MaxStall);
        var only = Enum.GetValues<TicketStatus>().Where(known => known.ToString().Equals(status, StringComparison.OrdinalIgnoreCase)).Cast<TicketStatus?>().SingleOrDefault();
        errors.Require(string.IsNullOrEmpty(status) || only is not null, "status", "must be held, accepted, ready, failed or cancelled");
        if (errors.Any) return errors.Problem();

        var tickets = db.Tickets.AsNoTracking().Where(ticket => caller.IsOperator || ticket.Stall == caller.Stall);
        if (!string.IsNullOrEmpty(stall)) tickets = tickets.Where(ticket => ticket.Stall == stall);
        if (only is not null) tickets = tickets.Where(ticket => ticket.Status == only);
        tickets = only is TicketStatus.Held or TicketStatus.Accepted
            ? tickets.Where(ticket => after == null || ticket.Id > after).OrderBy(ticket => ticket.Id)
            : tickets.Where(ticket => after == null || ticket.Id < after).OrderByDescending(ticket => ticket.Id);
        var page = await tickets.Take(paging.Limit + 1).ToListAsync(ct);
        return TypedResults.Ok(Page.Of(page, paging.Limit, ticket => new TicketView(ticket), ticket => ticket.Id));
    }
}
