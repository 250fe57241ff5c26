using Kampung.ServiceDefaults;

namespace Kampung.Orders.Stalls;

/// <summary>payment-service, as far as an order needs it. Both calls are idempotent by order id.</summary>
sealed class PaymentClient(HttpClient http)
{
    const string Service = "payment-service";

    sealed record Payment(Guid Id, string Status, decimal Amount, decimal Refunded, string? Reason = null);

    public async Task<Outcome> ChargeAsync(Order order, CancellationToken ct)
    {
        if (order.Total == 0) return Outcome.Done("order-service", "charged", "Nothing to pay.");

        using var answer = await http.PostAsJsonAsync(
            "/payments", new { orderId = order.Id, order.CustomerId, amount = order.Total, order.Currency, order.PaymentToken }, Json.Options, ct);
        if (answer.IsRefusal()) return Outcome.Refused(Service, "payment refused", await answer.ReasonAsync(ct));
        if (!answer.IsSuccessStatusCode) return Outcome.Failed(Service, "charge failed", await answer.ReasonAsync(ct));

        var payment = await answer.ReadAsync<Payment>(Service, ct);
        return payment.Status == "succeeded"
            ? Outcome.Done(Service, "charged", $"{payment.Amount:0.00} {order.Currency}, payment {payment.Id}.")
            : Outcome.Refused(Service, $"payment {payment.Status}", payment.Reason);
    }

    /// <summary>Sees to it that the order ends unpaid, also when the charge is still on its way.</summary>
    public async Task<Outcome> RefundAsync(Order order, CancellationToken ct)
    {
        if (order.Total == 0) return Outcome.Done("order-service", "refunded", "Nothing was paid.");

        using var answer = await http.PostAsJsonAsync("/payments/cancel", new { orderId = order.Id, order.CustomerId, amount = order.Total, order.Currency }, Json.Options, ct);
        if (!answer.IsSuccessStatusCode) return Outcome.Failed(Service, "refund failed", await answer.ReasonAsync(ct));

        var payment = await answer.ReadAsync<Payment>(Service, ct);
        return payment.Refunded > 0
            ? Outcome.Done(Service, "refunded", $"{payment.Refunded:0.00} {order.Currency}, payment {payment.Id}.")
            : Outcome.Done(Service, "payment called off", "Nothing was charged.");
    }
}
