using Kampung.Messaging;
using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Kitchen;

/// <summary>
/// What is to be cooked for an order becomes tickets, one a stall, once. The chief asks when the order is paid, so cooking begins; a placed order that nobody
/// leads is held until its payment is heard of. When it is placed anew, somebody may have missed what came of it: it is said anew.
/// </summary>
static class TakeTickets
{
    const int MaxLines = 1000, MaxText = 500, MaxQuantity = 10_000;

    public sealed record Request(Guid OrderId, Guid CustomerId, IReadOnlyList<Line?> Lines, Flow Flow = Flow.Orchestrated);

    public sealed record Line(string Title, string Stall, int Quantity, string? VariantTitle = null);

    public static void MapTakeTickets(this RouteGroupBuilder tickets) => tickets.MapPost("", Handle).WithName("TakeTickets");

    static async Task<Results<Ok<KitchenOrderView>, ProblemHttpResult>> Handle(Request request, TicketDesk desk, CancellationToken ct)
    {
        if (Validate(request) is { Any: true } errors) return errors.Problem();

        List<(string Stall, TicketLine Line)> lines = [.. request.Lines.Select(line => (line!.Stall, new TicketLine(line.Title, line.VariantTitle, line.Quantity)))];
        var order = await desk.ChangeOrAddAsync(request.OrderId, Stalls(lines),
            (order, shift) => [.. order.Place(request.CustomerId, request.Flow, lines, shift), .. order.Pay(shift)], ct);
        return order.IsFor(lines)
            ? TypedResults.Ok(new KitchenOrderView(order))
            : Problems.Conflict("tickets-differ", "The order has other tickets", "Tickets with other lines were taken for this order.");
    }

    public static Task Hear(OrderPlaced placed, EventContext context)
    {
        if (placed.Flow == Flow.Orchestrated) return Task.CompletedTask;

        List<(string Stall, TicketLine Line)> lines =
            [.. placed.Lines.Where(line => line.Kind == "prepared").Select(line => (line.Stall, new TicketLine(line.Title, line.VariantTitle, line.Quantity)))];
        context.Services.GetRequiredService<TicketDesk>().Note(placed.OrderId, Stalls(lines),
            (order, shift) => order.Placed ? order.Told() : order.Place(placed.CustomerId, placed.Flow, lines, shift));
        return Task.CompletedTask;
    }

    static HashSet<string> Stalls(IEnumerable<(string Stall, TicketLine Line)> lines) => [.. lines.Select(line => line.Stall)];

    static FieldErrors Validate(Request request)
    {
        var errors = new FieldErrors();
        errors.Require(request.OrderId != Guid.Empty, "orderId", "must be an order's id");
        errors.Require(request.CustomerId != Guid.Empty, "customerId", "must be a customer's id");
        if (!errors.Require(request.Lines.Count is >= 1 and <= MaxLines, "lines", $"must be 1 to {MaxLines}")) return errors;
        for (var i = 0; i < request.Lines.Count; i++)
        {
            if (!errors.Require(request.Lines[i] is not null, $"lines[{i}]", "must not be null")) continue;
            var line = request.Lines[i]!;
            errors.RequireText(line.Title, $"lines[{i}].title", MaxText);
            errors.AllowText(line.VariantTitle, $"lines[{i}].variantTitle", MaxText);
            errors.RequireText(line.Stall, $"lines[{i}].stall", MaxText);
            errors.Require(line.Quantity is >= 1 and <= MaxQuantity, $"lines[{i}].quantity", $"must be 1 to {MaxQuantity}");
        }
        return errors;
    }
}
