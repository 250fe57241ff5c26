using System.Net;

namespace Kampung.Inventory;

/// <summary>order-service, as far as a reservation needs it.</summary>
sealed class OrderClient(HttpClient http)
{
    /// <exception cref="ServiceDefaults.ServiceUnavailableException">That cannot be known now.</exception>
    public async Task<bool> IsPlacedAsync(Guid orderId, CancellationToken ct)
    {
        using var answer = await http.GetAsync($"/orders/{orderId}/status", ct);
        if (answer.StatusCode == HttpStatusCode.NotFound) return false;
        answer.EnsureSuccessStatusCode();
        return true;
    }
}
