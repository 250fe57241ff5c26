using Kampung.Messaging;
using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Kitchen;

/// <summary>Sees to it that nothing is cooked for an order from now on, also when its tickets are asked for only afterwards. Idempotent by order.</summary>
static class CancelTickets
{
    public sealed record Request(Guid OrderId);

    public static void MapCancelTickets(this RouteGroupBuilder tickets) => tickets.MapPost("/cancel", Handle).WithName("CancelTickets");

    static async Task<Results<Ok<KitchenOrderView>, ProblemHttpResult>> Handle(Request request, TicketDesk desk, CancellationToken ct) =>
        request.OrderId == Guid.Empty
            ? Problems.Validation("orderId", "must be an order's id")
            : TypedResults.Ok(new KitchenOrderView(await desk.ChangeOrAddAsync(request.OrderId, [], (order, shift) => order.Cancel(shift.Now), ct)));

    public static Task Hear(OrderRejected rejected, EventContext context) => Hear(rejected.OrderId, rejected.Flow, context);

    public static Task Hear(OrderCancelled cancelled, EventContext context) => Hear(cancelled.OrderId, cancelled.Flow, context);

    static Task Hear(Guid orderId, Flow flow, EventContext context)
    {
        if (flow == Flow.Choreographed) context.Services.GetRequiredService<TicketDesk>().Note(orderId, [], (order, shift) => order.Cancel(shift.Now));
        return Task.CompletedTask;
    }
}
