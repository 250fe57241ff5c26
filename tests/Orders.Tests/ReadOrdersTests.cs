using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Kampung.Testing;

namespace Kampung.Orders.Tests;

/// <summary>A customer's own orders, as lists, one by one, and as they happen.</summary>
public sealed class ReadOrdersTests(OrderVillage village)
{
    Shop Shop => village.Shop;

    sealed record Page(IReadOnlyList<OrderAnswer> Items, string? Next);

    [Fact]
    public async Task Another_customers_order_does_not_exist()
    {
        var order = await Shop.PlacedAsync(await village.NewCustomerAsync());
        var stranger = await village.NewCustomerAsync();

        (await Shop.GetAsync(stranger, $"/orders/{order.Id}")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await Shop.GetAsync(stranger, $"/orders/{order.Id}/events")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await Shop.CancelAsync(stranger, order.Id)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await (await Shop.GetAsync(stranger, "/orders")).Content.ReadFromJsonAsync<Page>(Shop.Json))!.Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task Other_services_learn_whether_an_order_was_placed()
    {
        var order = await Shop.PlacedAsync(await village.NewCustomerAsync());

        var state = await Shop.Service.Client.GetFromJsonAsync<JsonElement>($"/orders/{order.Id}/status");
        state.GetProperty("id").GetGuid().ShouldBe(order.Id);
        state.GetProperty("status").GetString().ShouldBeOneOf("placed", "confirmed");
        await (await Shop.Service.Client.GetAsync($"/orders/{Guid.CreateVersion7()}/status")).ShouldBeProblem(404);
    }

    [Fact]
    public async Task The_timeline_ends_with_the_token_and_goes_on_with_the_next_one()
    {
        var customer = await village.NewCustomerAsync();
        var (variant, _) = await village.NewProductAsync();
        var order = await Shop.OrderAsync(customer, variant);
        // From here on it waits for its rider, who works by hand.
        await Shop.SaysAsync(customer, order.Id, "delivery assigned");
        var since = DateTimeOffset.UtcNow;
        var token = TestIssuer.Shared.Token($"{customer.Id}", ["customer"], life: TimeSpan.FromSeconds(5));

        var request = new HttpRequestMessage(HttpMethod.Get, $"/orders/{order.Id}/events").With(token);
        using var answer = await Shop.Service.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var told = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

        told.ShouldContain("placed");
        (DateTimeOffset.UtcNow - since).ShouldBeGreaterThan(TimeSpan.FromSeconds(3), told);
        (await Shop.GetAsync(customer, order.Id)).Status.ShouldBe("confirmed");
        using var again = await TimelineStream.OpenAsync(Shop, customer, order.Id);
        (await again.ReadAsync()).ShouldBe("placed");
        await Shop.CancelAsync(customer, order.Id);
    }

    [Fact]
    public async Task The_list_goes_on_where_the_page_before_ended_newest_first()
    {
        var customer = await village.NewCustomerAsync();
        List<Guid> placed = [];
        for (var i = 0; i < 5; i++) placed.Insert(0, (await Shop.PlacedAsync(customer)).Id);

        List<Guid> listed = [];
        for (var next = ""; next is not null;)
        {
            var page = (await (await Shop.GetAsync(customer, $"/orders?limit=2{(next == "" ? "" : $"&cursor={next}")}")).Content.ReadFromJsonAsync<Page>(Shop.Json))!;
            page.Items.ShouldAllBe(order => order.Timeline == null);
            listed.AddRange(page.Items.Select(order => order.Id));
            next = page.Next;
        }
        listed.ShouldBe(placed);
    }

    [Fact]
    public async Task The_timeline_is_told_as_it_happens_and_resumes_after_the_last_event_seen()
    {
        var customer = await village.NewCustomerAsync();
        var order = await Shop.PlacedAsync(customer);

        using var stream = await TimelineStream.OpenAsync(Shop, customer, order.Id);
        (await stream.ReadAsync()).ShouldBe("placed");
        (await stream.ReadAsync()).ShouldBe("reserved");
        (await stream.ReadAsync()).ShouldBe("charged");
        (await stream.ReadAsync()).ShouldBe("confirmed");
        await Shop.SaysAsync(customer, order.Id, "delivery assigned");

        using var resumed = await TimelineStream.OpenAsync(Shop, customer, order.Id, stream.LastId);
        (await Shop.CancelAsync(customer, order.Id)).StatusCode.ShouldBe(HttpStatusCode.OK);
        foreach (var reader in new[] { stream, resumed })
        {
            (await reader.ReadAsync()).ShouldBe("cancel requested");
            (await reader.ReadAsync()).ShouldBe("delivery cancelled");
            (await reader.ReadAsync()).ShouldBe("tickets cancelled");
            (await reader.ReadAsync()).ShouldBe("refunded");
            (await reader.ReadAsync()).ShouldBe("released");
            (await reader.ReadAsync()).ShouldBe("cancelled");
            (await reader.ReadAsync()).ShouldBeNull();
        }

        // What the stalls say afterwards is told to who comes back; when nothing is left to tell, that is the answer.
        var said = await Eventually.Get(async () => (await Shop.GetAsync(customer, order.Id)).Timeline!.SingleOrDefault(entry => entry.What == "payment refunded"));
        (await AskAfter(1000)).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await AskAfter(said!.Sequence - 1)).StatusCode.ShouldBe(HttpStatusCode.OK);

        Task<HttpResponseMessage> AskAfter(int seen) =>
            Shop.SendAsync(customer, new(HttpMethod.Get, $"/orders/{order.Id}/events") { Headers = { { "Last-Event-ID", $"{seen}" } } });
    }
}
