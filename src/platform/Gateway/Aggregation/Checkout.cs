using System.Text.Json;
using System.Text.Json.Nodes;
using Kampung.ServiceDefaults;
using Microsoft.Net.Http.Headers;

namespace Kampung.Gateway.Aggregation;

/// <summary>
/// POST /api/checkout: an order and its payment in one trip. It is POST /api/orders, kept waiting for the outcome (<c>Prefer: wait</c>, 10 s unless the caller says
/// otherwise), with what became of the payment in the same answer: <c>{ order, payment, missing }</c>. When payment-service does not say, <c>missing</c> names it;
/// the order stands all the same. What is no order is answered as order-service answers it.
/// </summary>
static class Checkout
{
    public const string Path = "/api/checkout";

    const string Orders = "/api/orders", DefaultWait = "wait=10";

    public static Task AddPayment(HttpContext http, RequestDelegate next) =>
        http.GetEndpoint()?.Metadata.GetMetadata<RouteRules>() is { Checkout: true } ? OrderAndPay(http, next) : next(http);

    static async Task OrderAndPay(HttpContext http, RequestDelegate next)
    {
        http.Request.Path = Orders;
        if (http.Request.Headers["Prefer"].Count == 0) http.Request.Headers["Prefer"] = DefaultWait;
        using var body = await CapturedAnswer.Capture(http, next);
        if (http.Response.StatusCode is not (StatusCodes.Status200OK or StatusCodes.Status202Accepted) || OrderIn(body) is not { } order)
        {
            await CapturedAnswer.Release(http, body);
            return;
        }

        var payment = await Part.Read("payment", http, (call, ct) => call.Payments.GetAsync($"payments?orderId={order["id"]!.GetValue<Guid>()}", ct));
        http.Response.Headers.Remove(HeaderNames.ContentLength);
        await http.Response.WriteAsJsonAsync(
            new JsonObject
            {
                ["order"] = order,
                ["payment"] = payment.Json?["items"] is JsonArray { Count: > 0 } payments ? payments[0]!.DeepClone() : null,
                ["missing"] = Part.Missing(payment),
            }, Json.Options, http.RequestAborted);
    }

    static JsonNode? OrderIn(MemoryStream body)
    {
        try
        {
            var order = JsonNode.Parse(body.GetBuffer().AsSpan(0, (int)body.Length));
            return order?["id"]?.GetValueKind() == JsonValueKind.String ? order : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
