using System.Net;
using Kampung.ServiceDefaults;

namespace Kampung.Orders.Stalls;

/// <summary>delivery-service, as far as an order needs it. All calls are idempotent by order id and answer where its delivery is.</summary>
sealed class DeliveryClient(HttpClient http)
{
    const string Service = "delivery-service";

    sealed record Delivery(string Status, int Attempt, Rider? Rider = null, string? Reason = null);

    sealed record Rider(string Name);

    public Task<Outcome> DeliverAsync(Order order, CancellationToken ct) =>
        PostAsync("", new
        {
            orderId = order.Id, order.CustomerId, address = new Destination(order.Address),
            parcels = order.Lines.Select(line => new { line.Title, line.Stall, line.Quantity, line.VariantTitle }),
        }, ct);

    /// <param name="times">The attempt that failed: the first, the second…</param>
    public async Task<Outcome> ReassignAsync(Order order, int times, CancellationToken ct)
    {
        var outcome = await PostAsync("/reassign", new { orderId = order.Id, attempt = times }, ct);
        // Where it is still the same attempt that failed, there was no other rider to try.
        return outcome is { Kind: OutcomeKind.Late } && outcome.Times == times ? Outcome.Refused(Service, "no rider is left", outcome.Detail) : outcome;
    }

    /// <summary>Refused once a rider has picked the order up.</summary>
    public async Task<Outcome> CancelAsync(Order order, CancellationToken ct)
    {
        using var answer = await http.PostAsJsonAsync("/deliveries/cancel", new { orderId = order.Id }, Json.Options, ct);
        return answer.StatusCode == HttpStatusCode.Conflict ? Outcome.Refused(Service, "already picked up", await answer.ReasonAsync(ct))
            : answer.IsSuccessStatusCode ? Outcome.Done(Service, "delivery cancelled")
            : Outcome.Failed(Service, "cancelling the delivery failed", await answer.ReasonAsync(ct));
    }

    async Task<Outcome> PostAsync(string path, object body, CancellationToken ct)
    {
        using var answer = await http.PostAsJsonAsync($"/deliveries{path}", body, Json.Options, ct);
        if (answer.IsRefusal()) return Outcome.Refused(Service, "delivery refused", await answer.ReasonAsync(ct));
        if (!answer.IsSuccessStatusCode) return Outcome.Failed(Service, "deliver failed", await answer.ReasonAsync(ct));

        var delivery = await answer.ReadAsync<Delivery>(Service, ct);
        return delivery.Status switch
        {
            "delivered" => Outcome.Done(Service, "delivered", delivery.Rider?.Name),
            "failed" => Outcome.Late(Service, "delivery failed", delivery.Attempt, delivery.Reason),
            "cancelled" => Outcome.Refused(Service, "delivery cancelled", delivery.Reason),
            "waiting" => Outcome.Waiting(Service, "delivery accepted", "It waits for a rider."),
            _ => Outcome.Waiting(Service, "delivery accepted", delivery.Rider?.Name),
        };
    }
}
