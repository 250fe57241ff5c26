using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Delivery;

/// <summary>The rider gives an attempt up: they cannot come, or nobody opens. Said again, it stays so; 409 when no rider has the order.</summary>
static class FailDelivery
{
    /// <param name="Attempt">Which attempt is meant, so that a repeated report cannot fail the next one; missing: the present one.</param>
    public sealed record Request(string Reason, int? Attempt = null);

    public static void MapFailDelivery(this RouteGroupBuilder deliveries) => deliveries.MapPost("/{id:guid}/failed", Handle).WithName("FailDelivery");

    static async Task<Results<Ok<DeliveryView>, ProblemHttpResult>> Handle(Guid id, Request request, Caller caller, DeliveryDesk desk, CancellationToken ct)
    {
        var errors = new FieldErrors();
        if (!errors.RequireText(request.Reason, "reason", 500)) return errors.Problem();

        string? refusal = null;
        var delivery = await desk.ChangeAsync(id, caller.Has, (delivery, roster) => delivery.Fail(request.Reason, request.Attempt, roster, out refusal), ct);
        return RiderReport.Answer(id, delivery, refusal);
    }
}
