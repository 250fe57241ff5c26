using System.Net;
using Kampung.ServiceDefaults;

namespace Kampung.Orders.Stalls;

/// <summary>customer-service, as far as an order needs it.</summary>
sealed class CustomerClient(HttpClient http)
{
    public sealed record Customer(Guid Id, IReadOnlyList<Address> Addresses);

    /// <summary>Null if there is no such customer.</summary>
    public async Task<Customer?> GetAsync(Guid id, CancellationToken ct)
    {
        using var answer = await http.GetAsync($"/customers/{id}", ct);
        if (answer.StatusCode == HttpStatusCode.NotFound) return null;
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<Customer>(Json.Options, ct);
    }
}
