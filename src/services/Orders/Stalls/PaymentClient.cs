using System.Net;
using Kampung.ServiceDefaults;

namespace Kampung.Orders.Stalls;

/// <summary>payment-service, as far as an order needs it. Both calls are idempotent by order id.</summary>
sealed class PaymentClient(HttpClient http)
{
    const string Service = "payment-service";

    sealed record Payment(Guid Id, string Status, decimal Amount, decimal Refunded, string? Reason = null);

    sealed record Problem(string? Title = null, string? Detail = null);

    public async Task<Outcome> ChargeAsync(Order order, CancellationToken ct)
    {
        if (order.Total == 0) return Outcome.Done("order-service", "charged", "Nothing to pay.");

        using var answer = await http.PostAsJsonAsync(
            "/payments", new { orderId = order.Id, order.CustomerId, amount = order.Total, order.Currency, order.PaymentToken }, Json.Options, ct);
        // 400 and 422: such a payment is never taken, and nothing was.
        if (answer.StatusCode is HttpStatusCode.BadRequest or HttpStatusCode.UnprocessableEntity)
            return Outcome.Refused(Service, "payment refused", await ReasonAsync(answer, ct));
        if (!answer.IsSuccessStatusCode) return Outcome.Failed(Service, "charge failed", await ReasonAsync(answer, ct));

        var payment = await answer.Content.ReadFromJsonAsync<Payment>(Json.Options, ct);
        return payment!.Status == "succeeded"
            ? Outcome.Done(Service, "charged", $"{payment.Amount:0.00} {order.Currency}, payment {payment.Id}.")
            : Outcome.Refused(Service, $"payment {payment.Status}", payment.Reason);
    }

    /// <summary>Sees to it that the order ends unpaid, also when the charge is still on its way.</summary>
    public async Task<Outcome> RefundAsync(Order order, CancellationToken ct)
    {
        if (order.Total == 0) return Outcome.Done("order-service", "refunded", "Nothing was paid.");

        using var answer = await http.PostAsJsonAsync("/payments/cancel", new { orderId = order.Id, order.CustomerId, amount = order.Total, order.Currency }, Json.Options, ct);
        if (!answer.IsSuccessStatusCode) return Outcome.Failed(Service, "refund failed", await ReasonAsync(answer, ct));

        var payment = await answer.Content.ReadFromJsonAsync<Payment>(Json.Options, ct);
        return payment!.Refunded > 0
            ? Outcome.Done(Service, "refunded", $"{payment.Refunded:0.00} {order.Currency}, payment {payment.Id}.")
            : Outcome.Done(Service, "payment called off", "Nothing was charged.");
    }

    static async Task<string> ReasonAsync(HttpResponseMessage answer, CancellationToken ct)
    {
        var problem = answer.Content.Headers.ContentType?.MediaType == "application/problem+json"
            ? await answer.Content.ReadFromJsonAsync<Problem>(Json.Options, ct)
            : null;
        return problem?.Detail ?? problem?.Title ?? $"It answered {(int)answer.StatusCode}.";
    }
}
