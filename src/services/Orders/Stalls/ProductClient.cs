using System.Net;
using Kampung.ServiceDefaults;

namespace Kampung.Orders.Stalls;

/// <summary>product-service, as far as an order needs it.</summary>
sealed class ProductClient(HttpClient http)
{
    /// <summary>What the lines cost now; or why they cannot be sold.</summary>
    public sealed record Quote(string Currency, IReadOnlyList<OrderLine> Lines)
    {
        public Refusal? Refused { get; init; }
    }

    /// <param name="Type">What kind of problem, as a URI that ends with its slug.</param>
    /// <param name="Errors">The reasons by field, such as <c>lines[0].variantId</c>: our lines are numbered as the caller's are.</param>
    public sealed record Refusal(string Type, string Title, string? Detail = null, Dictionary<string, string[]>? Errors = null)
    {
        public string Slug => Type[(Type.LastIndexOf('/') + 1)..];
    }

    public async Task<Quote> QuoteAsync(IReadOnlyList<PlaceOrder.Line> lines, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/products/quote") { Content = JsonContent.Create(new { lines }, options: Json.Options) };
        using var answer = await http.SendAsync(request.Idempotent(), ct);
        if (answer.StatusCode == HttpStatusCode.UnprocessableEntity)
            return new("", []) { Refused = await answer.Content.ReadFromJsonAsync<Refusal>(Json.Options, ct) };
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<Quote>(Json.Options, ct) ?? throw new InvalidOperationException("product-service gave an empty quote.");
    }
}
