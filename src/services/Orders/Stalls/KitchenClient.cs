using Kampung.ServiceDefaults;

namespace Kampung.Orders.Stalls;

/// <summary>kitchen-service, as far as an order needs it. All calls are idempotent by order id and answer where its tickets are.</summary>
sealed class KitchenClient(HttpClient http, TimeProvider time)
{
    const string Service = "kitchen-service";

    sealed record Kitchen(string Status, IReadOnlyList<Ticket> Tickets);

    sealed record Ticket(string Stall, string Status, string? Station = null, DateTimeOffset? DueAt = null, int OverdueTimes = 0);

    /// <summary>A ticket a stall for what is prepared.</summary>
    public Task<Outcome> CookAsync(Order order, CancellationToken ct) => PostAsync("", new
    {
        orderId = order.Id,
        order.CustomerId,
        lines = order.Lines.Where(line => line.IsPrepared).Select(line => new { line.Title, line.VariantTitle, line.Stall, line.Quantity }),
    }, "cooking", ct);

    public Task<Outcome> NudgeAsync(Order order, int times, CancellationToken ct) => PostAsync("/nudge", new { orderId = order.Id }, "nudged", ct);

    /// <summary>What is overdue goes to another station of its stall.</summary>
    public Task<Outcome> MoveAsync(Order order, int times, CancellationToken ct) => PostAsync("/move", new { orderId = order.Id }, "moved to another station", ct);

    public async Task<Outcome> CancelAsync(Order order, CancellationToken ct)
    {
        using var answer = await http.PostAsJsonAsync("/kitchen/tickets/cancel", new { orderId = order.Id }, Json.Options, ct);
        return answer.IsSuccessStatusCode ? Outcome.Done(Service, "tickets cancelled") : Outcome.Failed(Service, "cancelling tickets failed", await answer.ReasonAsync(ct));
    }

    async Task<Outcome> PostAsync(string path, object body, string what, CancellationToken ct)
    {
        using var answer = await http.PostAsJsonAsync($"/kitchen/tickets{path}", body, Json.Options, ct);
        if (answer.IsRefusal()) return Outcome.Refused(Service, "preparation refused", await answer.ReasonAsync(ct));
        if (!answer.IsSuccessStatusCode) return Outcome.Failed(Service, "prepare failed", await answer.ReasonAsync(ct));

        var kitchen = await answer.ReadAsync<Kitchen>(Service, ct);
        var stations = string.Join(", ", kitchen.Tickets.Select(ticket => ticket.Station ?? ticket.Stall));
        var overdue = kitchen.Tickets.Where(ticket => ticket.Status == "accepted" && ticket.OverdueTimes > 0 && ticket.DueAt < time.GetUtcNow()).ToList();
        return kitchen.Status switch
        {
            "ready" => Outcome.Done(Service, "prepared", stations),
            "cooking" when overdue.Count > 0 => Outcome.Late(Service, "overdue", overdue.Max(ticket => ticket.OverdueTimes), stations),
            "cooking" => Outcome.Waiting(Service, what, stations),
            _ => Outcome.Refused(Service, $"preparation {kitchen.Status}", stations),
        };
    }
}
