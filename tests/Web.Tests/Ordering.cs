using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Kampung.Web.Tests;

/// <summary>What customers come for.</summary>
[Collection(WebCollection.Name)]
public sealed class Ordering(WebVillage village)
{
    [Fact]
    public async Task A_new_customer_signs_up_orders_and_watches_it_arrive()
    {
        await using var visitor = await village.ArrivesAsync();
        await visitor.PutsIntoBasketAsync("Chicken Satay", variant: "10 sticks");
        await visitor.Link("View basket").ClickAsync();
        await Expect(visitor.Page.GetByRole(AriaRole.Main)).ToContainTextAsync("RM 14.00");
        await visitor.GoesToCheckoutAsync();

        await visitor.PaysWithAsync("4242");

        await visitor.Page.WaitForURLAsync("**/orders/*");
        await Expect(visitor.Text("Live", exact: true)).ToBeVisibleAsync();
        await Expect(visitor.Happened("The kitchen has begun")).ToBeVisibleAsync();
        await Expect(visitor.Heading("Enjoy!")).ToBeVisibleAsync(new() { Timeout = 60_000 });
        await Expect(visitor.Happened("Handed over")).ToBeVisibleAsync();
        await Expect(visitor.Link("Basket, 0 things")).ToBeVisibleAsync();
        await village.Mailbox.Holds(visitor.Email, ["welcome", "payment-receipt", "order-confirmed", "meal-ready", "on-its-way", "delivered"]);
    }

    [Fact]
    public async Task A_declined_card_costs_nothing_and_another_one_can_be_tried()
    {
        await using var visitor = await village.ArrivesAsync();
        await visitor.PutsIntoBasketAsync("Kopi O");
        await visitor.GoesToCheckoutAsync();

        await visitor.PaysWithAsync("0002");

        await Expect(visitor.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("The card was declined");
        await Expect(visitor.Link("Basket, 1 thing")).ToBeVisibleAsync();
        await visitor.PaysWithAsync("4242");
        await visitor.Page.WaitForURLAsync("**/orders/*");
        await Expect(visitor.Text("RM 2.20 paid")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Whoever_clicks_twice_orders_once()
    {
        await using var visitor = await village.ArrivesAsync();
        await visitor.PutsIntoBasketAsync("Chicken Satay");
        await visitor.GoesToCheckoutAsync();

        await visitor.OrderButton.DblClickAsync();

        await visitor.Page.WaitForURLAsync("**/orders/*");
        (await OrdersOf(visitor)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Whoever_never_got_the_answer_and_asks_again_orders_once()
    {
        await using var visitor = await village.ArrivesAsync();
        await visitor.PutsIntoBasketAsync("Chicken Satay");
        await visitor.GoesToCheckoutAsync();
        var isLost = true;
        await visitor.Page.RouteAsync("**/api/checkout", async route =>
        {
            if (!isLost)
            {
                await route.ContinueAsync();
                return;
            }
            isLost = false;
            await route.FetchAsync();
            await route.AbortAsync();
        });

        await visitor.OrderButton.ClickAsync();
        await Expect(visitor.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("cannot be reached");
        await visitor.OrderButton.ClickAsync();

        await visitor.Page.WaitForURLAsync("**/orders/*");
        (await OrdersOf(visitor)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task An_order_can_be_cancelled_and_the_money_comes_back()
    {
        await using var visitor = await village.ArrivesAsync();
        await visitor.OrdersAsync();

        await visitor.Button("Cancel the order").ClickAsync();
        await visitor.Page.GetByRole(AriaRole.Alertdialog).GetByRole(AriaRole.Button, new() { Name = "Cancel the order" }).ClickAsync();

        await Expect(visitor.Heading("This order was cancelled")).ToBeVisibleAsync(new() { Timeout = 30_000 });
        await Expect(visitor.Text("refunded").First).ToBeVisibleAsync();
        await visitor.Button("Order again").ClickAsync();
        await Expect(visitor.Link("Basket, 1 thing")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task The_timeline_goes_on_where_it_was_after_the_connection_is_lost()
    {
        await using var visitor = await village.ArrivesAsync();
        await visitor.OrdersAsync();
        await Expect(visitor.Happened("The kitchen has begun")).ToBeVisibleAsync();

        await village.Village.Control.SendAsync("order-service", "restart");

        await Expect(visitor.Heading("Enjoy!")).ToBeVisibleAsync(new() { Timeout = 90_000 });
        // Each was told once, in order.
        var told = await visitor.Page.Locator(".timeline li").EvaluateAllAsync<string[]>("entries => entries.map(entry => entry.dataset.what)");
        told.Count(what => what == "placed").ShouldBe(1);
        told.ShouldBeUnique();
        told[0].ShouldBe("completed");
    }

    async Task<IReadOnlyList<JsonElement>> OrdersOf(Visitor visitor)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/orders");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await village.Village.Tokens.OfAsync(visitor.Email));
        using var answer = await village.Village.Gateway.SendAsync(request);
        return [.. (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("items").EnumerateArray()];
    }
}
