using Kampung.Messaging;
using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Delivery;

/// <summary>
/// Sees to it that nobody sets out with an order, also when it is to be delivered only afterwards. If a rider has it, that is refused (409), or in the
/// choreographed flow answered by the fact that it was picked up, said anew. Idempotent by order.
/// </summary>
static class CancelDelivery
{
    const string Reason = "The order was called off.";

    public sealed record Request(Guid OrderId, string? Reason = null);

    public static void MapCancelDelivery(this RouteGroupBuilder deliveries) => deliveries.MapPost("/cancel", Handle).WithName("CancelDelivery");

    static async Task<Results<Ok<DeliveryView>, ProblemHttpResult>> Handle(Request request, DeliveryDesk desk, CancellationToken ct)
    {
        var errors = new FieldErrors();
        errors.Require(request.OrderId != Guid.Empty, "orderId", "must be an order's id");
        errors.AllowText(request.Reason, "reason", 500);
        if (errors.Any) return errors.Problem();

        var cancelled = false;
        var delivery = await desk.ChangeOrAddAsync(request.OrderId, (delivery, roster) =>
        {
            cancelled = delivery.Cancel(request.Reason ?? Reason, roster.Now, out var facts);
            return facts;
        }, ct);
        return cancelled
            ? TypedResults.Ok(new DeliveryView(delivery))
            : Problems.Conflict("already-picked-up", "The order was picked up already", $"{delivery.RiderName} has picked it up.");
    }

    public static Task Hear(OrderCancelRequested requested, EventContext context)
    {
        if (requested.Flow == Flow.Choreographed)
            context.Services.GetRequiredService<DeliveryDesk>().Note(requested.OrderId, (delivery, roster) =>
                delivery.CancelFor(requested.CustomerId, requested.Flow, requested.Reason ?? Reason, roster.Now));
        return Task.CompletedTask;
    }

    public static Task Hear(OrderRejected rejected, EventContext context) => Hear(rejected, rejected.Reason, context);

    public static Task Hear(OrderCancelled cancelled, EventContext context) => Hear(cancelled, cancelled.Reason, context);

    static Task Hear(HeardEvent ended, string? reason, EventContext context)
    {
        if (ended.Flow == Flow.Choreographed)
            context.Services.GetRequiredService<DeliveryDesk>().Note(ended.OrderId, (delivery, roster) =>
            {
                delivery.Cancel(reason ?? Reason, roster.Now, out var facts);
                return facts;
            });
        return Task.CompletedTask;
    }
}
