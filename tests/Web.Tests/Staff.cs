using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Kampung.AppHost;
using Npgsql;

namespace Kampung.Web.Tests;

/// <summary>What those who work in the village do on its board.</summary>
[Collection(WebCollection.Name)]
public sealed class Staff(WebVillage village)
{
    [Fact]
    public async Task A_cook_and_a_rider_carry_an_order_by_hand()
    {
        await using var cook = await ArrivesAsync("kitchen");
        await using var rider = await ArrivesAsync("rider");
        await using var customer = await village.ArrivesAsync();
        using var kitchen = Configured("kitchen-service-dev.yml", "Kitchen: { ByHand: true }\n");
        using var delivery = Configured("delivery-service-dev.yml", "Delivery: { ByHand: true }\n");
        await EffectiveAsync("kitchen-service");
        await EffectiveAsync("delivery-service");
        var others = await SendHomeAsync();
        try
        {
            await rider.OpensAsync("/board/riders");
            await rider.Button("Go on duty").ClickAsync();
            await Expect(rider.Text("On duty", exact: true)).ToBeVisibleAsync();
            await customer.OrdersAsync();
            var order = customer.Page.Url[^8..].ToUpperInvariant();

            await cook.OpensAsync("/board/kitchen");
            await cook.Button($"Ready: order {order}").ClickAsync();
            await Expect(cook.Button($"Ready: order {order}")).ToBeHiddenAsync();
            await rider.Button($"Picked up: order {order}").ClickAsync();
            await Expect(customer.Heading("It is on its way to you")).ToBeVisibleAsync();
            await rider.Button($"Delivered: order {order}").ClickAsync();

            await Expect(customer.Heading("Enjoy!")).ToBeVisibleAsync();
            await rider.Button("Go off duty").ClickAsync();
            await Expect(rider.Text("Off duty", exact: true)).ToBeVisibleAsync();
        }
        finally
        {
            foreach (var other in others) await AsOperatorAsync(HttpMethod.Post, $"/api/riders/{other}/on-duty");
        }
    }

    [Fact]
    public async Task An_operator_replays_a_dead_letter()
    {
        await using var chief = await ArrivesAsync("operator");
        await using var customer = await village.ArrivesAsync();
        await customer.OpensAsync("/");
        await ChangeNotificationsAsync("alter table notifications rename to away");
        try
        {
            await customer.RegistersAsync();
            await chief.OpensAsync("/board/dead-letters");
            var letter = chief.Page.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "customer-registered" });
            await Expect(letter).ToContainTextAsync("4 failed attempts", new() { Timeout = 60_000 });
            await letter.GetByRole(AriaRole.Button, new() { Name = "Content" }).ClickAsync();
            await Expect(letter).ToContainTextAsync(customer.Email);
        }
        finally
        {
            await ChangeNotificationsAsync("alter table away rename to notifications");
        }

        // What was to be told of earlier orders meanwhile failed, too.
        var replay = chief.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Replay ") });
        while (await replay.CountAsync() is > 0 and var left)
        {
            await replay.First.ClickAsync();
            await Expect(replay).ToHaveCountAsync(left - 1);
        }

        await Expect(chief.Heading("No dead letters")).ToBeVisibleAsync();
        await village.Mailbox.Holds(customer.Email, ["welcome"]);
    }

    [Fact]
    public async Task What_is_discarded_is_asked_about_first()
    {
        await using var chief = await ArrivesAsync("operator");
        using var publisher = new Testing.EventPublisher(village.Village.Kafka);
        var key = Guid.CreateVersion7();
        await publisher.PublishesGarbage("meal-prepared", key, [0xff, 0x00]);
        await chief.OpensAsync("/board/dead-letters");
        var letters = chief.Page.GetByRole(AriaRole.Listitem).Filter(new() { HasText = $"{key}" });
        await Expect(letters.First).ToContainTextAsync("unreadable");

        while (await letters.CountAsync() is > 0 and var left)
        {
            await letters.First.GetByRole(AriaRole.Button, new() { NameRegex = new("^Discard ") }).ClickAsync();
            await chief.Page.GetByRole(AriaRole.Alertdialog).GetByRole(AriaRole.Button, new() { Name = "Discard" }).ClickAsync();
            await Expect(letters).ToHaveCountAsync(left - 1);
        }
    }

    [Fact]
    public async Task Payment_service_is_killed_from_the_board_and_the_order_completes_all_the_same()
    {
        await using var chief = await ArrivesAsync("operator");
        await using var customer = await village.ArrivesAsync();
        await chief.OpensAsync("/board/break");
        await chief.Button("Slow").ClickAsync();
        await Expect(chief.Button("Slow")).ToHaveAttributeAsync("aria-pressed", "true");
        try
        {
            await EffectiveAsync("payment-service");
            await customer.PutsIntoBasketAsync("Chicken Satay");
            await customer.GoesToCheckoutAsync();
            await customer.Page.GetByRole(AriaRole.Radio, new() { Name = "4242" }).CheckAsync();
            await customer.OrderButton.ClickAsync();
            await Expect(chief.Page.GetByRole(AriaRole.Row).Nth(1)).ToContainTextAsync("Placed");

            await chief.Button("Kill payment-service").ClickAsync();

            await Expect(Process(chief, "payment-service")).ToContainTextAsync("restarted once");
        }
        finally
        {
            await chief.Button("Up").ClickAsync();
        }
        await customer.Page.WaitForURLAsync("**/orders/*", new() { Timeout = 60_000 });
        await Expect(customer.Heading("Enjoy!")).ToBeVisibleAsync(new() { Timeout = 90_000 });
        await Expect(chief.Page.GetByRole(AriaRole.Row).Nth(1)).ToContainTextAsync("Delivered");
    }

    [Fact]
    public async Task An_order_that_is_stuck_is_shown_with_its_reason_and_goes_on_when_it_can()
    {
        await using var chief = await ArrivesAsync("operator");
        await using var customer = await village.ArrivesAsync();
        await chief.OpensAsync("/board/break");
        await chief.Button("Down").ClickAsync();
        await Expect(chief.Button("Down")).ToHaveAttributeAsync("aria-pressed", "true");
        await EffectiveAsync("payment-service");
        await customer.PutsIntoBasketAsync("Chicken Satay");
        await customer.GoesToCheckoutAsync();
        await customer.Page.GetByRole(AriaRole.Radio, new() { Name = "4242" }).CheckAsync();
        await customer.OrderButton.ClickAsync();

        await chief.Link("Orders").ClickAsync();
        var stuck = chief.Page.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "waits for: charge" });
        await Expect(stuck).ToContainTextAsync("failed attempt", new() { Timeout = 60_000 });
        await stuck.GetByRole(AriaRole.Link).ClickAsync();
        await Expect(chief.Heading("What happened")).ToBeVisibleAsync();
        await chief.OpensAsync("/board/break");
        await chief.Button("Up").ClickAsync();
        await Expect(chief.Button("Up")).ToHaveAttributeAsync("aria-pressed", "true");
        await EffectiveAsync("payment-service");
        await chief.Link("Orders").ClickAsync();
        await stuck.GetByRole(AriaRole.Button, new() { NameRegex = new("^Try again now") }).ClickAsync();

        await Expect(chief.Text("No order is stuck.")).ToBeVisibleAsync();
        await customer.Page.WaitForURLAsync("**/orders/*", new() { Timeout = 60_000 });
    }

    [Fact]
    public async Task A_merchant_edits_and_imports_their_own_products()
    {
        await using var merchant = await ArrivesAsync("merchant");
        await merchant.OpensAsync("/board/catalogue");
        await merchant.Page.GetByLabel("Search the catalogue").FillAsync("Ketupat");
        await merchant.Button("Edit Ketupat").ClickAsync();
        await merchant.Page.GetByLabel("Published").UncheckAsync();
        await merchant.Button("Save").ClickAsync();
        await Expect(merchant.Text("Hidden", exact: true)).ToBeVisibleAsync();
        await merchant.Button("Edit Ketupat").ClickAsync();
        await merchant.Page.GetByLabel("Published").CheckAsync();
        await merchant.Button("Save").ClickAsync();
        await Expect(merchant.Text("Hidden", exact: true)).ToBeHiddenAsync();

        var csv = "Handle,Title,Vendor,Variant Price\nsatay-deluxe,Satay Deluxe <script>alert(1)</script>,Satay Pak Samad,12.50\nno-price,No Price,Satay Pak Samad,ten\n";
        await merchant.Page.GetByLabel("CSV file").SetInputFilesAsync(new FilePayload { Name = "satay.csv", MimeType = "text/csv", Buffer = System.Text.Encoding.UTF8.GetBytes(csv) });
        await merchant.Button("Import").ClickAsync();

        await Expect(merchant.Text("1 new, 0 changed, 0 as they were.")).ToBeVisibleAsync();
        await Expect(merchant.Text("Line 3:")).ToBeVisibleAsync();
        await merchant.Page.GetByLabel("Search the catalogue").FillAsync("Deluxe");
        await Expect(merchant.Heading("Satay Deluxe <script>alert(1)</script>")).ToBeVisibleAsync();
        await merchant.OpensAsync("/board/config");
        await Expect(merchant.Heading("The board is for those who work here")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task An_operator_counts_stock_and_reads_who_changed_the_configuration()
    {
        await using var chief = await ArrivesAsync("operator");
        await chief.OpensAsync("/board/stock");
        await chief.Page.GetByLabel("Search stock").FillAsync("Clay Flower Pot");
        var row = chief.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "KEB-01-1" });
        await Expect(chief.Page.GetByRole(AriaRole.Row)).ToHaveCountAsync(4);
        var before = int.Parse(await row.GetByRole(AriaRole.Cell).Nth(1).InnerTextAsync(), System.Globalization.CultureInfo.InvariantCulture);
        await row.GetByRole(AriaRole.Button).ClickAsync();
        await chief.Page.GetByLabel("Pieces more").FillAsync("7");
        await chief.Page.GetByLabel("Reason").FillAsync("found behind the shelf");
        await row.GetByRole(AriaRole.Button, new() { Name = "Adjust", Exact = true }).ClickAsync();
        await Expect(row.GetByRole(AriaRole.Cell).Nth(1)).ToHaveTextAsync($"{before + 7}");

        await chief.Link("Config").ClickAsync();
        await chief.Page.GetByLabel("Service").SelectOptionAsync("kitchen-service");
        await Expect(chief.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "Kitchen.StationsPerStall" })).ToContainTextAsync("kitchen-service.yml");
        await Expect(chief.Text("The village's configuration")).ToBeVisibleAsync();
        await chief.Link("Map").ClickAsync();
        await Expect(chief.Page.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "order-service" }).First).ToContainTextAsync("outbox empty");
    }

    [Fact]
    public async Task Whoever_only_shops_finds_no_board()
    {
        await using var visitor = await village.ArrivesAsync();
        await visitor.OpensAsync("/board");
        await Expect(visitor.Heading("Sign in to see the village board.")).ToBeVisibleAsync();
        await visitor.RegistersAsync();
        await Expect(visitor.Heading("The board is for those who work here")).ToBeVisibleAsync();
        await visitor.Button("Your account").ClickAsync();
        await Expect(visitor.Button("Sign out")).ToBeVisibleAsync();
        await Expect(visitor.Link("Village board")).ToBeHiddenAsync();
    }

    static ILocator Process(Visitor chief, string name) => chief.Page.GetByRole(AriaRole.Listitem).Filter(new() { Has = chief.Page.GetByRole(AriaRole.Heading, new() { Name = name, Exact = true }) });

    async Task<Visitor> ArrivesAsync(string role)
    {
        var visitor = await village.ArrivesAsync();
        await visitor.SignsInAsAsync(role);
        return visitor;
    }

    Reverted Configured(string file, string text)
    {
        var repository = village.Village.ConfigRepository;
        ConfigRepository.Commit(repository, file, text, "By hand");
        return new(() => ConfigRepository.Commit(repository, file, null, "By themselves again"));
    }

    /// <summary>The last change of its own file has come to the service: it says in its log which commit it has, that one or a later one.</summary>
    Task EffectiveAsync(string service) => Testing.Eventually.Is(() =>
    {
        using var repository = new LibGit2Sharp.Repository(village.Village.ConfigRepository);
        var change = repository.Commits.First(commit => commit.Tree[$"{service}-dev.yml"]?.Target.Id != commit.Parents.FirstOrDefault()?.Tree[$"{service}-dev.yml"]?.Target.Id);
        var log = village.Village.LogOf(service);
        return repository.Commits.TakeWhile(commit => commit.Id != change.Id).Append(change).Any(commit => log.Contains(commit.Sha, StringComparison.Ordinal));
    });

    async Task<IReadOnlyList<Guid>> SendHomeAsync()
    {
        var riders = (await AsOperatorAsync(HttpMethod.Get, "/api/riders?limit=100")).GetProperty("items").EnumerateArray()
            .Where(rider => rider.GetProperty("onDuty").GetBoolean()).Select(rider => rider.GetProperty("id").GetGuid()).ToList();
        foreach (var rider in riders) await AsOperatorAsync(HttpMethod.Post, $"/api/riders/{rider}/off-duty");
        return riders;
    }

    async Task<JsonElement> AsOperatorAsync(HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, path) { Headers = { Authorization = new AuthenticationHeaderValue("Bearer", await village.Village.Tokens.OperatorAsync()) } };
        using var answer = await village.Village.Gateway.SendAsync(request);
        answer.EnsureSuccessStatusCode();
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    async Task ChangeNotificationsAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(village.Village.Database("notifications"));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    sealed class Reverted(Action revert) : IDisposable
    {
        public void Dispose() => revert();
    }
}
