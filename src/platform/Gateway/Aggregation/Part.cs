using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Kampung.ServiceDefaults;

namespace Kampung.Gateway.Aggregation;

/// <summary>The services that answers are put together from. They are asked in the caller's name.</summary>
sealed record Inside(ProductService Products, OrderService Orders, PaymentService Payments, NotificationService Notifications)
{
    public static void Add(WebApplicationBuilder builder)
    {
        builder.AddServiceClient<ProductService>("product-service", inCallersName: true);
        builder.AddServiceClient<OrderService>("order-service", inCallersName: true);
        builder.AddServiceClient<PaymentService>("payment-service", inCallersName: true);
        builder.AddServiceClient<NotificationService>("notification-service", inCallersName: true);
        builder.Services.AddTransient<Inside>();
    }
}

sealed class ProductService(HttpClient http) : AskedService(http);

sealed class OrderService(HttpClient http) : AskedService(http);

sealed class PaymentService(HttpClient http) : AskedService(http);

sealed class NotificationService(HttpClient http) : AskedService(http);

abstract class AskedService(HttpClient http)
{
    public Task<HttpResponseMessage> GetAsync(string path, CancellationToken ct) => http.GetAsync(new Uri(path, UriKind.Relative), ct);
}

/// <summary>One part of an answer that is put together. A part that is down is named, and does not take the others with it.</summary>
/// <param name="Json">Null when it is missing, or not for this caller.</param>
sealed record Part(string Name, JsonNode? Json, bool IsMissing)
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    public static async Task<Part> Read(string name, HttpContext http, Func<Inside, CancellationToken, Task<HttpResponseMessage>> ask)
    {
        using var time = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        time.CancelAfter(Patience);
        try
        {
            using var answer = await ask(http.RequestServices.GetRequiredService<Inside>(), time.Token);
            if (answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden) return new(name, null, IsMissing: false);
            if (!answer.IsSuccessStatusCode) return new(name, null, IsMissing: true);
            return new(name, await answer.Content.ReadFromJsonAsync<JsonNode>(time.Token), IsMissing: false);
        }
        catch (Exception e) when (!http.RequestAborted.IsCancellationRequested && e is ServiceUnavailableException or OperationCanceledException or HttpRequestException or JsonException)
        {
            return new(name, null, IsMissing: true);
        }
    }

    public static JsonArray Missing(params IEnumerable<Part> parts) => [.. parts.Where(part => part.IsMissing).Select(part => JsonValue.Create(part.Name))];
}
