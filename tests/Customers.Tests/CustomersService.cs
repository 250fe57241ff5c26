using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Kampung.Customers.Tests;
using Kampung.Testing;

[assembly: AssemblyFixture(typeof(CustomersService))]
// The tests share one process and count what is in its database.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]

namespace Kampung.Customers.Tests;

/// <summary>customer-service, at first without a customer.</summary>
public sealed class CustomersService() : ServiceFixture("Customers")
{
    public static readonly object Home = new { label = "Home", line1 = "12 Jalan Besar", city = "Ipoh", postalCode = "30000", country = "MY" };

    public Task EmptyAsync() => QueryAsync<long>("with gone as (delete from customers returning 1) select count(*) from gone");

    public Task<long> CountAsync() => QueryAsync<long>("select count(*) from customers");

    /// <summary>How many events were ever published, sent already or not.</summary>
    public Task<long> PublishedAsync() => QueryAsync<long>("select case when is_called then last_value else 0 end from outbox_id_seq");

    /// <param name="caller">A customer; null: an operator.</param>
    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, Guid? caller, HttpContent? body = null)
    {
        var request = new HttpRequestMessage(method, path) { Content = body, Headers = { ExpectContinue = body?.Headers.ContentLength > 1_000_000 } };
        return Client.SendAsync(caller is { } id ? request.As(id) : request);
    }

    public Task<HttpResponseMessage> RegisterAsync(object profile, Guid? account = null) => SendAsync(HttpMethod.Post, "/customers", account ?? Guid.CreateVersion7(), JsonContent.Create(profile));

    /// <summary>Registers somebody new.</summary>
    public async Task<JsonElement> SomebodyAsync(string email, params object[] addresses) =>
        await (await RegisterAsync(new { name = "Siti", email, phone = "+60 12-345 6789", locale = "ms-MY", addresses })).ShouldBeJson(HttpStatusCode.Created);

    public Task<HttpResponseMessage> ChangeAsync(Guid caller, object profile) => SendAsync(HttpMethod.Put, "/customers/me", caller, JsonContent.Create(profile));

    public async Task<JsonElement> MeAsync(Guid caller) => await (await SendAsync(HttpMethod.Get, "/customers/me", caller)).ShouldBeJson();
}
