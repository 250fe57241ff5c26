using System.Net;
using System.Text.Json;
using Kampung.Testing;

namespace Kampung.Customers.Tests;

/// <summary>The life of a customer.</summary>
public sealed class CustomerTests(CustomersService customers) : IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await customers.EmptyAsync();

    public ValueTask DisposeAsync()
    {
        customers.Process.ShouldHaveLoggedNoError();
        return ValueTask.CompletedTask;
    }

    static Guid Id(JsonElement thing) => thing.GetProperty("id").GetGuid();

    [Fact]
    public async Task Who_registers_is_a_customer_and_it_is_told()
    {
        var topic = customers.Topic("customer-registered");
        var response = await customers.RegisterAsync(new { name = " Siti ", email = "Siti@Example.com", phone = "+60123456789", locale = "ms-MY", addresses = new[] { CustomersService.Home } });

        var siti = await response.ShouldBeJson(HttpStatusCode.Created);
        response.Headers.Location!.ToString().ShouldBe($"/customers/{Id(siti)}");
        (siti.GetProperty("name").GetString(), siti.GetProperty("email").GetString(), siti.GetProperty("locale").GetString()).ShouldBe(("Siti", "Siti@Example.com", "ms-MY"));
        Id(siti.GetProperty("addresses")[0]).Version.ShouldBe(7);
        (await customers.MeAsync(Id(siti))).GetRawText().ShouldBe(siti.GetRawText());

        var told = (await topic.AboutAsync(Id(siti), 1)).ShouldHaveSingleItem();
        told.Headers["ce_type"].ShouldBe("kampung.customer-registered.v1");
        await told.ShouldKeepItsContract();
        told.Headers["ce_subject"].ShouldBe(Id(siti).ToString());
        (told.Body.GetProperty("customerId").GetGuid(), told.Body.GetProperty("name").GetString(), told.Body.GetProperty("email").GetString(), told.Body.GetProperty("locale").GetString())
            .ShouldBe((Id(siti), "Siti", "Siti@Example.com", "ms-MY"));
    }

    [Fact]
    public Task The_API_is_what_was_promised() => customers.Process.ShouldKeepItsContract("customer-service");

    [Fact]
    public async Task Everybody_gets_as_far_as_the_table_says()
    {
        var siti = Id(await customers.SomebodyAsync("siti@example.com", CustomersService.Home));
        var profile = new { name = "Ali", email = "ali@example.com" };
        await customers.Process.ShouldBeGuarded("customer-service", belongings: new(TestIssuer.Shared.Token(siti, "customer"),
        [
            new("POST /customers", Answer: null),
            new("GET /customers/me", Mark: "siti@example.com"),
            new("PUT /customers/me", Body: profile),
            new("DELETE /customers/me"),
            new("GET /customers/{id}", siti, Mark: "siti@example.com"),
        ]));
    }

    [Fact]
    public async Task Name_and_email_are_enough()
    {
        var ali = await (await customers.RegisterAsync(new { name = "Ali", email = "ali@example.com" })).ShouldBeJson(HttpStatusCode.Created);
        ali.GetProperty("locale").GetString().ShouldBe("en");
        ali.GetProperty("phone").ValueKind.ShouldBe(JsonValueKind.Null);
        ali.GetProperty("addresses").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task An_email_address_belongs_to_one_customer_whatever_its_case()
    {
        await customers.SomebodyAsync("siti@example.com");
        var ali = await customers.SomebodyAsync("ali@example.com");
        var published = await customers.PublishedAsync();

        await (await customers.RegisterAsync(new { name = "Other", email = "SITI@example.com" })).ShouldBeProblem(409, "email-taken");
        await (await customers.ChangeAsync(Id(ali), new { name = "Ali", email = "Siti@Example.Com" })).ShouldBeProblem(409, "email-taken");

        (await customers.CountAsync()).ShouldBe(2);
        // A refused save takes numbers from the sequence, but its rows are gone with it.
        await Eventually.Is(async () => await customers.QueryAsync<long>("select count(*) from outbox") == 0);
        customers.Topic("customer-changed").About(Id(ali)).ShouldBeEmpty();
        (await customers.PublishedAsync()).ShouldBeGreaterThanOrEqualTo(published);
    }

    [Fact]
    public async Task Of_many_who_register_one_email_at_once_one_succeeds()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => customers.RegisterAsync(new { name = "Siti", email = "siti@example.com" })));
        answers.Count(answer => answer.StatusCode == HttpStatusCode.Created).ShouldBe(1);
        answers.Count(answer => answer.StatusCode == HttpStatusCode.Conflict).ShouldBe(7);
        (await customers.CountAsync()).ShouldBe(1);
    }

    [Fact]
    public async Task A_change_replaces_profile_and_addresses_and_is_told()
    {
        var topic = customers.Topic("customer-changed");
        var siti = await customers.SomebodyAsync("siti@example.com", CustomersService.Home, CustomersService.Home);
        var home = Id(siti.GetProperty("addresses")[1]);

        var changed = await (await customers.ChangeAsync(Id(siti), new
        {
            name = "Siti Aminah", email = "aminah@example.com", locale = "en",
            addresses = new object[]
            {
                new { id = home, label = "Home", line1 = "14 Jalan Besar", city = "Ipoh", postalCode = "30000", country = "MY" },
                new { label = "Work", line1 = "1 Orchard Road", line2 = "Level 3", city = "Singapore", postalCode = "238801", country = "SG" },
            },
        })).ShouldBeJson();

        changed.GetProperty("phone").ValueKind.ShouldBe(JsonValueKind.Null);
        var addresses = changed.GetProperty("addresses").EnumerateArray().ToArray();
        addresses.Select(address => address.GetProperty("label").GetString()).ShouldBe(["Home", "Work"]);
        (Id(addresses[0]), addresses[0].GetProperty("line1").GetString()).ShouldBe((home, "14 Jalan Besar"));
        Id(addresses[1]).ShouldNotBe(Id(siti.GetProperty("addresses")[0]));
        (await customers.MeAsync(Id(siti))).GetRawText().ShouldBe(changed.GetRawText());
        changed.GetProperty("createdAt").GetRawText().ShouldBe(siti.GetProperty("createdAt").GetRawText());

        var told = (await topic.AboutAsync(Id(siti), 1)).ShouldHaveSingleItem();
        await told.ShouldKeepItsContract();
        (told.Body.GetProperty("name").GetString(), told.Body.GetProperty("email").GetString(), told.Body.GetProperty("locale").GetString()).ShouldBe(("Siti Aminah", "aminah@example.com", "en"));
    }

    [Fact]
    public async Task The_same_profile_again_is_no_change()
    {
        var siti = await customers.SomebodyAsync("siti@example.com", CustomersService.Home);
        var published = await customers.PublishedAsync();
        var same = new { name = "Siti", email = "siti@example.com", phone = "+60 12-345 6789", locale = "ms-MY", addresses = siti.GetProperty("addresses") };

        (await (await customers.ChangeAsync(Id(siti), same)).ShouldBeJson()).GetRawText().ShouldBe(siti.GetRawText());
        (await customers.PublishedAsync()).ShouldBe(published);
    }

    [Fact]
    public async Task Who_leaves_is_forgotten_and_it_is_told()
    {
        var topic = customers.Topic("customer-deleted");
        var siti = await customers.SomebodyAsync("siti@example.com");

        (await customers.SendAsync(HttpMethod.Delete, "/customers/me", Id(siti))).StatusCode.ShouldBe(HttpStatusCode.NoContent);

        await (await customers.SendAsync(HttpMethod.Get, "/customers/me", Id(siti))).ShouldBeProblem(404);
        await (await customers.SendAsync(HttpMethod.Delete, "/customers/me", Id(siti))).ShouldBeProblem(404);
        await (await customers.ChangeAsync(Id(siti), new { name = "Siti", email = "siti@example.com" })).ShouldBeProblem(404);
        (await customers.CountAsync()).ShouldBe(0);
        var told = (await topic.AboutAsync(Id(siti), 1)).ShouldHaveSingleItem();
        await told.ShouldKeepItsContract();
        told.Body.EnumerateObject().Select(member => member.Name).ShouldBe(["customerId"]);
        await customers.SomebodyAsync("siti@example.com");
    }

    [Fact]
    public async Task Customers_see_themselves_only()
    {
        var siti = await customers.SomebodyAsync("siti@example.com");
        var ali = await customers.SomebodyAsync("ali@example.com");

        (await (await customers.SendAsync(HttpMethod.Get, $"/customers/{Id(siti)}", Id(siti))).ShouldBeJson()).GetProperty("email").GetString().ShouldBe("siti@example.com");
        await (await customers.SendAsync(HttpMethod.Get, $"/customers/{Id(siti)}", Id(ali))).ShouldBeProblem(404);
        await (await customers.SendAsync(HttpMethod.Get, $"/customers/{Guid.NewGuid()}", Id(ali))).ShouldBeProblem(404);
    }

    [Fact]
    public async Task Operators_page_through_all_customers()
    {
        for (var i = 0; i < 7; i++) await customers.SomebodyAsync($"c{i}@example.com");

        var emails = new List<string>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await (await customers.Client.GetAsync($"/customers?limit=3&cursor={cursor}")).ShouldBeJson();
            emails.AddRange(page.GetProperty("items").EnumerateArray().Select(customer => customer.GetProperty("email").GetString()!));
            cursor = page.GetProperty("next").GetString();
        }
        emails.ShouldBe(Enumerable.Range(0, 7).Select(i => $"c{i}@example.com"), ignoreOrder: true);
    }
}
