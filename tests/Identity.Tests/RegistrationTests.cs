using System.Net;
using System.Text.Json;
using Kampung.Testing;

namespace Kampung.Identity.Tests;

/// <summary>How somebody becomes a customer.</summary>
public sealed class RegistrationTests(IdentityVillage village)
{
    [Fact]
    public async Task Whoever_registers_is_a_customer_with_the_same_id()
    {
        using var registered = village.Topic("account-registered");
        using var customers = village.Topic("customer-registered");
        using var browser = village.Browser();
        browser.Http.DefaultRequestHeaders.AcceptLanguage.ParseAdd("ms");

        var page = await browser.RegisterAsync("New@example.com", "Siti binti Osman", "/identity/register?returnUrl=%2Fidentity%2Fauthorize%3Fa%3Db");

        page.Location!.OriginalString.ShouldBe("/identity/authorize?a=b");
        var id = await village.QueryAsync<Guid>("select id from accounts where email = 'New@example.com'");
        await (await registered.AboutAsync(id, 1))[0].ShouldKeepItsContract();
        var me = await Eventually.Get(async () => await MeAsync(id));
        (me.GetProperty("id").GetGuid(), me.GetProperty("name").GetString(), me.GetProperty("email").GetString(), me.GetProperty("locale").GetString())
            .ShouldBe((id, "Siti binti Osman", "New@example.com", "ms"));
        (await customers.AboutAsync(id, 1)).ShouldHaveSingleItem().Body.GetProperty("email").GetString().ShouldBe("New@example.com");
        await Eventually.Is(() => village.Letters("New@example.com").Count == 1);
    }

    [Fact]
    public async Task The_same_news_twice_makes_one_customer()
    {
        using var customers = village.Topic("customer-registered");
        using var events = village.Publisher();
        var id = Guid.CreateVersion7();
        var account = new { accountId = id, name = "Ali", email = $"{id:N}@example.com", locale = "en", registeredAt = DateTimeOffset.UtcNow };

        var first = await events.Publishes("account-registered", id, account);
        await events.Publishes("account-registered", id, account, first);
        await events.Publishes("account-registered", id, account);
        var other = await events.Publishes("account-registered", id, account with { email = "elsewhere@example.com" });

        await Eventually.Is(async () => await village.QueryCustomersAsync<long>($"select count(*) from inbox where event_id = '{other}'") == 1);
        (await MeAsync(id)).GetProperty("email").GetString().ShouldBe($"{id:N}@example.com");
        (await village.QueryCustomersAsync<long>($"select count(*) from outbox where key = '{id}'")).ShouldBeLessThanOrEqualTo(1);
        (await customers.AboutAsync(id, 1)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task Whoever_leaves_can_sign_in_no_more_and_the_address_is_free_again()
    {
        using var browser = village.Browser();
        await browser.RegisterAsync("leaves@example.com");
        var tokens = await village.TokensAsync(browser);
        var id = await village.QueryAsync<Guid>("select id from accounts where email = 'leaves@example.com'");
        await Eventually.Get(async () => await MeAsync(id));

        using var request = new HttpRequestMessage(HttpMethod.Delete, "/customers/me").As(id);
        (await village.Customers.Client.SendAsync(request)).StatusCode.ShouldBe(HttpStatusCode.NoContent);

        await Eventually.Is(async () => await village.QueryAsync<long>("select count(*) from accounts where id = $1", id) == 0);
        (await village.RefreshAsync(tokens)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await browser.OpenAsync(village.Request().Path())).Location!.AbsolutePath.ShouldBe("/identity/sign-in");
        using var again = village.Browser();
        (await again.RegisterAsync("leaves@example.com")).Status.ShouldBe(HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task An_address_has_one_account_also_when_two_register_it_at_the_same_moment()
    {
        using var one = village.Browser();
        using var other = village.Browser(village.Second);

        var answers = await Task.WhenAll(one.RegisterAsync("once@example.com"), other.RegisterAsync("ONCE@example.com"));

        answers.Count(answer => answer.Status == HttpStatusCode.Redirect).ShouldBe(1);
        answers.Single(answer => answer.Status != HttpStatusCode.Redirect).Html.ShouldContain("There is an account with this e-mail address already.");
        (await village.QueryAsync<long>("select count(*) from accounts where lower(email) = 'once@example.com'")).ShouldBe(1);
    }

    [Theory]
    [InlineData("", "a@example.com", "long enough it is")]
    [InlineData("Siti", "not an address", "long enough it is")]
    [InlineData("Siti", "a@b", "long enough it is")]
    [InlineData("Siti", "\"a b\"@example.com", "long enough it is")]
    [InlineData("Siti", "a@example.com", "short")]
    [InlineData("Siti", "a@example.com", "aaaaaaaaaaaaaaaa")]
    [InlineData("Siti\nBcc: x", "a@example.com", "long enough it is")]
    public async Task What_is_no_account_is_told_beside_its_field(string name, string email, string password)
    {
        using var browser = village.Browser();

        var page = await browser.FillInAsync("/identity/register", ("name", name), ("email", email), ("password", password));

        page.Status.ShouldBe(HttpStatusCode.BadRequest);
        page.Html.ShouldContain("aria-invalid=\"true\"");
        (await village.QueryAsync<long>("select count(*) from accounts where email = $1", email)).ShouldBe(0);
    }

    [Fact]
    public async Task Demo_users_are_there_one_a_role_only_when_asked_for()
    {
        var demo = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(village.Keys, "demo-users.json"))).RootElement.EnumerateArray().ToList();
        demo.Select(user => user.GetProperty("role").GetString()).ShouldBe(["customer", "merchant", "kitchen", "rider", "operator"]);
        using var browser = village.Browser();
        (await browser.SignInAsync(demo[1].GetProperty("email").GetString()!, demo[1].GetProperty("password").GetString()!)).Status.ShouldBe(HttpStatusCode.Redirect);
        (await village.QueryAsync<string>("select stall from accounts where 'merchant' = any(roles)")).ShouldBe("Satay Pak Samad");

        using var keys = new TemporaryFolder();
        await using var production = await village.StartIdentityAsync(
            new() { ["DOTNET_ENVIRONMENT"] = "Production", ["Identity__Issuer"] = "https://shop.example/identity", ["Identity__DemoUsers"] = "true", ["Identity__Keys"] = keys.Path },
            on: await village.CreateDatabaseAsync());
        File.Exists(keys["demo-users.json"]).ShouldBeFalse();
        using var outside = village.Browser(production);
        (await outside.SignInAsync(demo[0].GetProperty("email").GetString()!, demo[0].GetProperty("password").GetString()!)).Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    async Task<JsonElement> MeAsync(Guid id)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/customers/me").As(id);
        return await (await village.Customers.Client.SendAsync(request)).ShouldBeJson();
    }
}
