using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Kampung.AppHost;
using Village = Kampung.Testing.Village;

namespace Kampung.SystemTests;

/// <summary>The sandbox provider's test cards.</summary>
static class Card
{
    public const string Good = "tok_visa";
    public const string Declined = "tok_declined";
    public const string AnswerLost = "tok_timeout";
    public const string FailsFirst = "tok_flaky";
}

/// <summary>A customer of the village, who sees nothing but the gateway.</summary>
public sealed class Shopper
{
    readonly HttpClient gateway;
    readonly VillageTokens tokens;

    Shopper(Village village, Guid id, Guid addressId, string email) => (gateway, tokens, Id, AddressId, Email) = (village.Gateway, village.Tokens, id, addressId, email);

    public Guid Id { get; }
    public Guid AddressId { get; }
    public string Email { get; }

    public static async Task<Shopper> RegistersAsync(Village village, string name = "Siti binti Osman")
    {
        var email = $"siti.{Guid.NewGuid():N}@example.com";
        var (id, addressId) = await village.Tokens.MoveInAsync(village.Gateway, name, email);
        return new(village, id, addressId, email);
    }

    /// <summary>Sends a request as this customer.</summary>
    public async Task<HttpResponseMessage> SendsAsync(HttpRequestMessage request)
    {
        request.Headers.Authorization = new("Bearer", await tokens.OfAsync($"{Id}"));
        return await gateway.SendAsync(request);
    }

    /// <summary>The first variant of the first product that a search for <paramref name="words"/> finds.</summary>
    public async Task<JsonElement> FindsAsync(string words)
    {
        var page = await gateway.GetFromJsonAsync<JsonElement>($"/api/products?search={Uri.EscapeDataString(words)}");
        return page.GetProperty("items")[0].GetProperty("variants")[0];
    }

    public async Task<HttpResponseMessage> OrdersAsync(
        int quantity, string product, string card = Card.Good, TimeSpan? wait = null, string? key = null, string? traceparent = null, string? flow = null)
    {
        var variant = await FindsAsync(product);
        return await OrdersAsync(
            new { lines = new[] { new { variantId = variant.GetProperty("id").GetGuid(), quantity } }, addressId = AddressId, paymentToken = card, flow },
            wait, key, traceparent);
    }

    public async Task<HttpResponseMessage> OrdersAsync(object body, TimeSpan? wait = null, string? key = null, string? traceparent = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/orders") { Content = JsonContent.Create(body) };
        request.Headers.Add("Idempotency-Key", key ?? Guid.NewGuid().ToString());
        if (wait is { } time) request.Headers.Add("Prefer", $"wait={time.TotalSeconds:0}");
        if (traceparent is not null) request.Headers.Add("traceparent", traceparent);
        return await SendsAsync(request);
    }

    public async Task<HttpResponseMessage> CancelsAsync(Guid order)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/orders/{order}/cancel");
        return await SendsAsync(request);
    }

    public async Task<HttpResponseMessage> AsksAsync(string path)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return await SendsAsync(request);
    }

    public async Task<JsonElement> ReadsAsync(string path)
    {
        using var answer = await AsksAsync(path);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK, path);
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }
}
