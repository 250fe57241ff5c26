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

        await visitor.CancelsAsync();

        await Expect(visitor.Heading("This order was cancelled")).ToBeVisibleAsync(new() { Timeout = 30_000 });
        await Expect(visitor.Text("refunded").First).ToBeVisibleAsync();
        await visitor.Button("Order again").ClickAsync();
        await Expect(visitor.Link("Basket, 1 thing")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task An_order_without_a_chief_arrives_and_comes_back_when_it_is_cancelled()
    {
        await using var visitor = await village.ArrivesAsync();
        await visitor.Page.RouteAsync("**/api/checkout", route =>
            route.ContinueAsync(new() { PostData = System.Text.Encoding.UTF8.GetBytes(route.Request.PostData![..^1] + ",\"flow\":\"choreographed\"}") }));
        await visitor.OrdersAsync();
        await Expect(visitor.Heading("Enjoy!")).ToBeVisibleAsync(new() { Timeout = 60_000 });
        await Expect(visitor.Happened("A rider is coming")).ToBeVisibleAsync();
        await Expect(visitor.Page.Locator(".timeline [data-what=charged]")).ToHaveCountAsync(0);

        await visitor.Button("Order again").ClickAsync();
        await visitor.Link("Go to checkout").ClickAsync();
        await visitor.PaysWithAsync("4242");
        await visitor.CancelsAsync();

        await Expect(visitor.Heading("This order was cancelled")).ToBeVisibleAsync(new() { Timeout = 30_000 });
        await Expect(visitor.Text("You asked for it.")).ToBeVisibleAsync();
        await Expect(visitor.Page.Locator(".badge").Filter(new() { HasText = "refunded" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Everything_can_be_bought_with_the_keyboard_alone()
    {
        await using var visitor = await village.ArrivesAsync();
        await visitor.OpensAsync("/");
        await Expect(visitor.Page.GetByRole(AriaRole.Article).First).ToBeVisibleAsync();

        await visitor.TabsToAsync(visitor.Page.GetByRole(AriaRole.Searchbox));
        await visitor.Page.Keyboard.TypeAsync("Kopi O");
        await visitor.Page.WaitForURLAsync("**q=Kopi+O");
        await Expect(visitor.Page.Locator(".grid[aria-busy=false]")).ToBeVisibleAsync();
        await visitor.PressesAsync(visitor.Page.GetByRole(AriaRole.Article).GetByRole(AriaRole.Link, new() { Name = "Kopi O" }));
        await Expect(visitor.Button("Add to basket")).ToBeVisibleAsync();
        await visitor.PressesAsync(visitor.Button("Add to basket"));
        await Expect(visitor.Link("Basket, 1 thing")).ToBeVisibleAsync();
        await visitor.PressesAsync(visitor.Link("Basket, 1 thing"), back: true);
        await Expect(visitor.Link("Go to checkout")).ToBeVisibleAsync();
        await visitor.PressesAsync(visitor.Link("Go to checkout"));
        await Expect(visitor.Heading("Checkout")).ToBeVisibleAsync();
        await visitor.PressesAsync(visitor.Page.GetByRole(AriaRole.Main).GetByRole(AriaRole.Button, new() { Name = "Sign in" }));
        await visitor.PressesAsync(visitor.Link("Register"));
        await visitor.TypesAsync(("Name", "Siti"), ("E-mail address", visitor.Email), ("Password", "sambal-belacan-42"));
        await visitor.Page.Keyboard.PressAsync("Enter");
        await Expect(visitor.Text("Save an address first")).ToBeVisibleAsync();
        await visitor.TypesAsync(("Name of this place", "Home"), ("Street and number", "12 Jalan Kebun Teh"), ("Postcode", "30250"), ("City", "Ipoh"));
        await visitor.Page.Keyboard.PressAsync("Enter");
        await Expect(visitor.Text("12 Jalan Kebun Teh")).ToBeVisibleAsync();
        await visitor.TabsToAsync(visitor.Page.GetByRole(AriaRole.Radio, new() { Name = "4242" }));
        await visitor.Page.Keyboard.PressAsync("ArrowDown");
        await Expect(visitor.Page.GetByRole(AriaRole.Radio, new() { Name = "0002" })).ToBeCheckedAsync();
        await visitor.Page.Keyboard.PressAsync("ArrowUp");
        await visitor.PressesAsync(visitor.OrderButton);

        await visitor.Page.WaitForURLAsync("**/orders/*");
    }

    [Fact]
    public async Task Whoever_works_at_the_village_is_told_before_the_checkout_that_customers_order()
    {
        await using var cook = await village.ArrivesAsync();
        await cook.SignsInAsAsync("kitchen");
        await cook.PutsIntoBasketAsync("Kopi O");

        await cook.Link("View basket").ClickAsync();

        await Expect(cook.Text("Orders are placed with a customer’s account.")).ToBeVisibleAsync();
        await Expect(cook.Link("Go to checkout")).ToBeHiddenAsync();
        await cook.Button("Your account").ClickAsync();
        await Expect(cook.Link("Village board")).ToBeVisibleAsync();
        await Expect(cook.Link("Orders")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task The_timeline_goes_on_where_it_was_after_the_connection_is_lost()
    {
        await using var visitor = await village.ArrivesAsync();
        var positions = new System.Collections.Concurrent.ConcurrentQueue<string?>();
        visitor.Page.Request += (_, request) =>
        {
            if (request.Url.EndsWith("/events", StringComparison.Ordinal)) positions.Enqueue(request.Headers.GetValueOrDefault("last-event-id"));
        };
        await visitor.OrdersAsync();
        await Expect(visitor.Happened("The kitchen has begun")).ToBeVisibleAsync();
        var shown = await visitor.Page.Locator(".timeline li").CountAsync();

        await village.Village.Control.SendAsync("order-service", "restart");

        await Expect(visitor.Heading("Enjoy!")).ToBeVisibleAsync(new() { Timeout = 90_000 });
        // Each was told once, in order.
        var told = await visitor.Page.Locator(".timeline li").EvaluateAllAsync<string[]>("entries => entries.map(entry => entry.dataset.what)");
        told.Count(what => what == "placed").ShouldBe(1);
        told.ShouldBeUnique();
        told[0].ShouldBe("completed");
        // It asked only for what came after the last that it had heard. (Entries are numbered from 1.)
        var asked = positions.Select(position => int.Parse(position.ShouldNotBeNull(), System.Globalization.CultureInfo.InvariantCulture)).ToList();
        asked.Count.ShouldBeGreaterThan(1);
        asked.ShouldBe(asked.Order());
        asked[^1].ShouldBeGreaterThanOrEqualTo(shown);
    }

    async Task<IReadOnlyList<JsonElement>> OrdersOf(Visitor visitor)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/orders");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await village.Village.Tokens.OfAsync(visitor.Email));
        using var answer = await village.Village.Gateway.SendAsync(request);
        return [.. (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("items").EnumerateArray()];
    }
}
