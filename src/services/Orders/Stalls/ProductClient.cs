using System.Net;
using Kampung.ServiceDefaults;

namespace Kampung.Orders.Stalls;

/// <summary>product-service, as far as an order needs it.</summary>
sealed class ProductClient(HttpClient http)
{
    /// <summary>What the lines cost now; or, by line, why they cannot be sold.</summary>
    public sealed record Quote(string Currency, IReadOnlyList<OrderLine> Lines)
    {
        public IReadOnlyDictionary<string, string[]>? Refused { get; init; }
    }

    sealed record Refusal(Dictionary<string, string[]>? Errors);

    public async Task<Quote> QuoteAsync(IReadOnlyList<PlaceOrder.Line> lines, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/products/quote") { Content = JsonContent.Create(new { lines }, options: Json.Options) };
        using var answer = await http.SendAsync(request.Idempotent(), ct);
        if (answer.StatusCode == HttpStatusCode.UnprocessableEntity)
            return new("", []) { Refused = (await answer.Content.ReadFromJsonAsync<Refusal>(Json.Options, ct))?.Errors ?? [] };
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<Quote>(Json.Options, ct) ?? throw new InvalidOperationException("product-service gave an empty quote.");
    }
}
