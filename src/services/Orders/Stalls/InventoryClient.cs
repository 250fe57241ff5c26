using Kampung.ServiceDefaults;

namespace Kampung.Orders.Stalls;

/// <summary>inventory-service, as far as an order needs it. Both calls are idempotent by order id.</summary>
sealed class InventoryClient(HttpClient http)
{
    const string Service = "inventory-service";

    sealed record Reservation(string Status, string? Reason = null);

    /// <summary>All lines, or none.</summary>
    public async Task<Outcome> ReserveAsync(Order order, CancellationToken ct)
    {
        var lines = order.Lines.Select(line => new { line.VariantId, line.Quantity });
        using var answer = await http.PostAsJsonAsync("/reservations", new { orderId = order.Id, order.CustomerId, lines }, Json.Options, ct);
        if (answer.IsRefusal()) return Outcome.Refused(Service, "reservation refused", await answer.ReasonAsync(ct));
        if (!answer.IsSuccessStatusCode) return Outcome.Failed(Service, "reserve failed", await answer.ReasonAsync(ct));

        var reservation = await answer.ReadAsync<Reservation>(Service, ct);
        return reservation.Status is "reserved" or "sold"
            ? Outcome.Done(Service, "reserved")
            : Outcome.Refused(Service, $"reservation {reservation.Status}", reservation.Reason);
    }

    public async Task<Outcome> ReleaseAsync(Order order, CancellationToken ct)
    {
        using var answer = await http.DeleteAsync($"/reservations/{order.Id}", ct);
        return answer.IsSuccessStatusCode ? Outcome.Done(Service, "released") : Outcome.Failed(Service, "release failed", await answer.ReasonAsync(ct));
    }
}
