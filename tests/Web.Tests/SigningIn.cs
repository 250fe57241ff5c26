namespace Kampung.Web.Tests;

/// <summary>Sessions, and what outlives them.</summary>
[Collection(WebCollection.Name)]
public sealed class SigningIn(WebVillage village)
{
    [Fact]
    public async Task A_reload_keeps_the_session_and_the_basket_and_no_token_is_stored()
    {
        await using var visitor = await village.ArrivesAsync();
        await visitor.PutsIntoBasketAsync("Chicken Satay");
        await visitor.RegistersAsync();
        await Expect(visitor.Link("Basket, 1 thing")).ToBeVisibleAsync();

        await visitor.Page.ReloadAsync();

        await Expect(visitor.Button("Your account")).ToBeVisibleAsync();
        await Expect(visitor.Link("Basket, 1 thing")).ToBeVisibleAsync();
        var stored = await visitor.Page.EvaluateAsync<string>("() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }])");
        stored.ShouldNotContain("eyJ");
        stored.ShouldNotContain("access_token");
    }

    [Fact]
    public async Task Whoever_works_on_the_web_app_signs_in_at_its_development_server()
    {
        await using var server = await DevelopmentServer.StartAsync(village.WebPort, village.Address);
        var address = $"http://127.0.0.1:{village.WebPort}";
        await using var visitor = await village.ArrivesAsync(address: address);

        await visitor.OpensAsync($"http://localhost:{village.WebPort}/orders");
        await visitor.RegistersAsync();
        await Expect(visitor.Heading("No orders yet")).ToBeVisibleAsync();
        await visitor.Page.ReloadAsync();

        await Expect(visitor.Button("Your account")).ToBeVisibleAsync();
        await Expect(visitor.Heading("No orders yet")).ToBeVisibleAsync();
        visitor.Page.Url.ShouldBe($"{address}/orders");
    }

    [Fact]
    public async Task What_is_half_typed_outlives_the_session_and_can_be_saved_after_signing_in_elsewhere()
    {
        await using var visitor = await village.ArrivesAsync();
        await visitor.OpensAsync("/profile");
        await visitor.RegistersAsync();
        var phone = visitor.Page.GetByLabel("Phone");
        await phone.FillAsync("+60123456789");
        await visitor.EndsSessionAsync();

        await visitor.Button("Save").First.ClickAsync();

        await Expect(visitor.Text("Your session has ended.")).ToBeVisibleAsync();
        await Expect(phone).ToHaveValueAsync("+60123456789");
        await visitor.Page.UnrouteAllAsync();
        var elsewhere = await visitor.Profile.NewPageAsync();
        await elsewhere.GotoAsync("/");
        await elsewhere.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await elsewhere.GetByLabel("E-mail address").FillAsync(visitor.Email);
        await elsewhere.GetByLabel("Password").FillAsync("sambal-belacan-42");
        await elsewhere.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Expect(visitor.Text("Your session has ended.")).ToBeHiddenAsync();
        await Expect(phone).ToHaveValueAsync("+60123456789");
        await visitor.Button("Save").First.ClickAsync();
        await Expect(visitor.Text("Saved.")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Signing_out_ends_the_session()
    {
        await using var visitor = await village.ArrivesAsync();
        await visitor.OpensAsync("/");
        await visitor.RegistersAsync();

        await visitor.Button("Your account").ClickAsync();
        await visitor.Button("Sign out").ClickAsync();

        await Expect(visitor.Button("Sign in")).ToBeVisibleAsync();
        await visitor.OpensAsync("/orders");
        await Expect(visitor.Heading("Sign in to see your orders.")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Whose_session_ends_is_asked_to_sign_in_again_and_comes_back_to_where_they_were()
    {
        await using var visitor = await village.ArrivesAsync();
        await visitor.PutsIntoBasketAsync("Chicken Satay");
        await visitor.RegistersAsync();
        await visitor.EndsSessionAsync();

        await visitor.Button("Your account").ClickAsync();
        await visitor.Link("Orders").ClickAsync();

        await Expect(visitor.Text("Your session has ended.")).ToBeVisibleAsync();
        await Expect(visitor.Link("Basket, 1 thing")).ToBeVisibleAsync();
        await visitor.Page.UnrouteAllAsync();
        await visitor.Button("Sign in again").ClickAsync();
        await visitor.Page.GetByLabel("E-mail address").FillAsync(visitor.Email);
        await visitor.Page.GetByLabel("Password").FillAsync("sambal-belacan-42");
        await visitor.Button("Sign in").ClickAsync();
        await visitor.Page.WaitForURLAsync("**/orders");
        await Expect(visitor.Heading("No orders yet")).ToBeVisibleAsync();
    }
}
