using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Kampung.Web.Tests;

/// <summary>Looking around, in whichever language, with whatever a catalogue brings along.</summary>
[Collection(WebCollection.Name)]
public sealed class Browsing(WebVillage village)
{
    [Fact]
    public async Task One_finds_things_by_stall_by_words_and_by_filters_and_the_address_keeps_them()
    {
        await using var visitor = await village.ArrivesAsync();
        await visitor.OpensAsync("/");

        await visitor.Page.GetByRole(AriaRole.Navigation, new() { Name = "Stalls" }).GetByRole(AriaRole.Link, new() { NameRegex = new("Muthu's Roti Corner") }).ClickAsync();
        await visitor.Page.GetByRole(AriaRole.Searchbox).PressSequentiallyAsync("murtabak");
        await Expect(visitor.Page.GetByRole(AriaRole.Article)).ToHaveCountAsync(1);
        await visitor.Page.GetByLabel("Sort by").SelectOptionAsync("Price, high to low");

        await visitor.Page.WaitForURLAsync("**sort=*");
        await visitor.Page.ReloadAsync();
        await Expect(visitor.Page.GetByRole(AriaRole.Searchbox)).ToHaveValueAsync("murtabak");
        await Expect(visitor.Page.GetByRole(AriaRole.Article)).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task The_shop_speaks_Malay()
    {
        await using var visitor = await village.ArrivesAsync(language: "ms-MY");

        await visitor.OpensAsync("/");

        await Expect(visitor.Heading("Hari ini teringin makan apa?")).ToBeVisibleAsync();
        (await visitor.Page.Locator("html").GetAttributeAsync("lang")).ShouldBe("ms");
        await visitor.Button("Bahasa dan warna").ClickAsync();
        await visitor.Page.GetByLabel("Bahasa", new() { Exact = true }).SelectOptionAsync("English");
        await Expect(visitor.Heading("What are you hungry for?")).ToBeVisibleAsync();

        // So does the issuer, whatever the browser prefers.
        await visitor.Button("Sign in").ClickAsync();
        await Expect(visitor.Heading("Sign in")).ToBeVisibleAsync();
        await visitor.Link("Forgotten your password?").ClickAsync();
        await Expect(visitor.Button("Send the link")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Scripts_in_a_catalogue_are_text_and_what_its_descriptions_may_not_have_is_left_out()
    {
        await using var visitor = await village.ArrivesAsync();
        // Chromium says so as soon as such a handler is parsed, also where none can run.
        visitor.Expects("Executing inline event handler violates");
        var title = $"<script>window.hacked = 1</script> {Guid.NewGuid():N}";
        var id = await SellAsync(title, "<p>Good <b>cloth</b></p><script>window.hacked = 2</script><img src=x onerror='window.hacked = 3'><a href='javascript:window.hacked = 4'>here</a>");

        await visitor.OpensAsync($"/products/{id}");

        await Expect(visitor.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync(title);
        var description = visitor.Page.Locator(".description");
        await Expect(description).ToContainTextAsync("Good cloth");
        await Expect(description.Locator("b")).ToHaveCountAsync(1);
        await Expect(description.Locator("script, img, a[href]")).ToHaveCountAsync(0);
        (await visitor.Page.EvaluateAsync<JsonElement?>("() => window.hacked ?? null")).ShouldBeNull();
    }

    [Fact]
    public async Task A_tab_from_before_a_deploy_loads_itself_anew()
    {
        await using var visitor = await village.ArrivesAsync();
        visitor.Expects("A part of the app is missing");
        var loads = 0;
        visitor.Page.Request += (_, request) => loads += request.IsNavigationRequest && request.Frame == visitor.Page.MainFrame ? 1 : 0;
        await visitor.Page.RouteAsync("**/assets/BasketPage-*.js", route => loads > 1 ? route.ContinueAsync() : route.FulfillAsync(new() { Status = 404, Body = "" }));
        await visitor.OpensAsync("/");

        await visitor.Link("Basket, 0 things").HoverAsync();
        await Expect(visitor.Heading("What are you hungry for?")).ToBeVisibleAsync();
        await visitor.Link("Basket, 0 things").ClickAsync();

        await Expect(visitor.Heading("Your basket is empty")).ToBeVisibleAsync();
        loads.ShouldBe(2);
    }

    [Fact]
    public async Task Whoever_searches_from_another_page_goes_on_typing()
    {
        await using var visitor = await village.ArrivesAsync();
        await visitor.OpensAsync("/basket");
        await Expect(visitor.Heading("Your basket is empty")).ToBeVisibleAsync();

        await visitor.Page.GetByRole(AriaRole.Searchbox).ClickAsync();
        await visitor.Page.Keyboard.TypeAsync("murt");
        await visitor.Page.WaitForURLAsync("**/?q=murt");
        await Expect(visitor.Page.GetByRole(AriaRole.Article).First).ToBeVisibleAsync();
        await visitor.Page.Keyboard.TypeAsync("abak");

        await visitor.Page.WaitForURLAsync("**/?q=murtabak");
        await Expect(visitor.Page.GetByRole(AriaRole.Searchbox)).ToBeFocusedAsync();
    }

    [Fact]
    public async Task Without_a_connection_pages_say_so_and_an_order_is_sent_only_by_who_asks_again()
    {
        await using var visitor = await village.ArrivesAsync();
        await visitor.PutsIntoBasketAsync("Chicken Satay");
        await visitor.GoesToCheckoutAsync();
        var asked = 0;
        visitor.Page.Request += (_, request) => asked += request.Url.EndsWith("/api/checkout", StringComparison.Ordinal) ? 1 : 0;

        await visitor.Profile.SetOfflineAsync(true);
        await Expect(visitor.Text("You are offline.")).ToBeVisibleAsync();
        await visitor.OrderButton.ClickAsync();
        await Expect(visitor.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("cannot be reached");
        await visitor.Link("Basket, 1 thing").ClickAsync();
        await Expect(visitor.Heading("Chicken Satay")).ToBeVisibleAsync();
        await visitor.Button("Your account").ClickAsync();
        await visitor.Link("Orders").ClickAsync();
        await Expect(visitor.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("cannot be reached");
        await visitor.Profile.SetOfflineAsync(false);

        await Expect(visitor.Text("You are offline.")).ToBeHiddenAsync();
        await Expect(visitor.Heading("No orders yet")).ToBeVisibleAsync();
        asked.ShouldBe(1);
        await visitor.Link("Basket, 1 thing").ClickAsync();
        await visitor.Link("Go to checkout").ClickAsync();
        await visitor.OrderButton.ClickAsync();
        await visitor.Page.WaitForURLAsync("**/orders/*");
        await visitor.Button("Your account").ClickAsync();
        await visitor.Link("Orders").ClickAsync();
        await Expect(visitor.Page.Locator(".order-card")).ToHaveCountAsync(1);
    }

    [Fact]
    public async Task When_the_stalls_do_not_answer_one_can_try_again()
    {
        await using var visitor = await village.ArrivesAsync();
        await visitor.Page.RouteAsync("**/api/products?*", route => route.FulfillAsync(new() { Status = 503, ContentType = "application/problem+json", Body = "{}" }));
        await visitor.OpensAsync("/");
        await Expect(visitor.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("A stall is not answering");

        await visitor.Page.UnrouteAllAsync();
        await visitor.Button("Try again").ClickAsync();

        await Expect(visitor.Page.GetByRole(AriaRole.Article).First).ToBeVisibleAsync();
    }

    async Task<Guid> SellAsync(string title, string description)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/products")
        {
            Content = JsonContent.Create(new { title, stall = "Kraf Kampung", currency = "MYR", kind = "stocked", published = true, descriptionHtml = description, variants = new[] { new { price = 12.5m, stockQuantity = 5 } } }),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", await village.Village.Tokens.OperatorAsync());
        using var answer = await village.Village.Gateway.SendAsync(request);
        answer.StatusCode.ShouldBe(HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetGuid();
    }
}
