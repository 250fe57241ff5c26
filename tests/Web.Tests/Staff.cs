using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
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
            var card = rider.Page.GetByRole(AriaRole.Listitem).Filter(new() { Has = rider.Heading($"Order {order}") });
            await Expect(card).ToContainTextAsync("Chicken Satay");
            await Expect(card).ToContainTextAsync("from Satay Pak Samad");
            await Expect(card).ToContainTextAsync("12 Jalan Kebun Teh, 30250 Ipoh");
            await rider.Button($"Failed: order {order}").ClickAsync();
            await rider.Page.GetByLabel("What happened").FillAsync("a flat tyre");
            await rider.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Failed" }).ClickAsync();
            // What the rider wrote is for the village.
            await Expect(customer.Happened("The rider could not deliver it").First).Not.ToContainTextAsync("a flat tyre");
            await rider.Page.ReloadAsync();
            await Expect(rider.Text("On duty", exact: true)).ToBeVisibleAsync();
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

        // What was to be told of earlier orders meanwhile failed, too, and the last of it may come while the first is replayed.
        var replays = chief.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Replay ") });
        while (!await chief.Heading("No dead letters").IsVisibleAsync())
        {
            var replay = chief.Button((await replays.First.GetAttributeAsync("aria-label"))!);
            await replay.ClickAsync();
            await Expect(replay).ToBeHiddenAsync();
        }

        await village.Mailbox.Holds(customer.Email, ["welcome"]);
    }

    [Fact]
    public async Task What_is_discarded_is_asked_about_first()
    {
        await using var chief = await ArrivesAsync("operator");
        var letters = await chief.SeesUnreadableAsync();
        await Expect(letters.First).ToContainTextAsync("unreadable");

        await chief.DiscardsAsync(letters);
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
    public async Task An_operator_finds_an_order_that_is_under_way_and_calls_it_off()
    {
        await using var chief = await ArrivesAsync("operator");
        await using var customer = await village.ArrivesAsync();
        using var kitchen = Configured("kitchen-service-dev.yml", "Kitchen: { ByHand: true }\n");
        await EffectiveAsync("kitchen-service");
        await customer.OrdersAsync();
        var order = customer.Page.Url[^8..].ToUpperInvariant();

        await chief.OpensAsync("/board/orders");
        await Expect(OrderIn(chief, "Under way", order)).ToContainTextAsync("waits for: prepare");
        await chief.Page.GetByLabel("Status").SelectOptionAsync("Delivered");
        await Expect(OrderIn(chief, "All orders", order)).ToBeHiddenAsync();
        await OrderIn(chief, "Under way", order).GetByRole(AriaRole.Link).ClickAsync();
        await Expect(chief.Happened("The kitchen has begun").First).ToContainTextAsync("Event ticket-accepted");
        await Expect(chief.Happened("Card charged").First).ToContainTextAsync("step charge");
        await Expect(chief.Happened("Card charged").First).ToContainTextAsync("Trace");
        await chief.Page.GetByLabel("Reason, which the customer is told").FillAsync("The stove is broken");
        await chief.Button("Call off").ClickAsync();

        await Expect(customer.Heading("This order was cancelled")).ToBeVisibleAsync();
        await Expect(customer.Text("The stove is broken").First).ToBeVisibleAsync();
        await Expect(chief.Button("Call off")).ToBeHiddenAsync();
    }

    [Fact]
    public async Task A_process_is_paused_resumed_and_restarted_and_while_it_hangs_it_holds_up_nobody_s_dead_letters()
    {
        await using var chief = await ArrivesAsync("operator");
        await chief.OpensAsync("/board/break");
        await Expect(Process(chief, "gateway")).ToContainTextAsync("It serves this board");
        await Expect(Process(chief, "gateway").GetByRole(AriaRole.Button)).ToHaveTextAsync(["Kill", "Restart"]);
        await chief.Button("Pause notification-service").ClickAsync();
        try
        {
            await Expect(Process(chief, "notification-service")).ToContainTextAsync("paused");
            await chief.Link("Dead letters").ClickAsync();
            await Expect(chief.Text("notification-service does not answer.")).ToBeVisibleAsync(new() { Timeout = 8_000 });
            await Expect(chief.Heading("No dead letters")).ToBeVisibleAsync();
            await chief.Link("Map").ClickAsync();
            await Expect(chief.Text("notification-service does not answer.")).ToBeVisibleAsync(new() { Timeout = 8_000 });
            (await chief.FitsAsync()).ShouldBeTrue();
        }
        finally
        {
            await chief.Link("Break things").ClickAsync();
            await chief.Button("Resume notification-service").ClickAsync();
        }
        await Expect(chief.Button("Pause notification-service")).ToBeVisibleAsync();
        await chief.Link("Dead letters").ClickAsync();
        await Expect(chief.Heading("No dead letters")).ToBeVisibleAsync();
        await Expect(chief.Text("notification-service does not answer.")).ToBeHiddenAsync();

        var before = await PidAsync("notification-service");
        await chief.Link("Break things").ClickAsync();
        await chief.Button("Restart notification-service").ClickAsync();
        await Testing.Eventually.Is(async () => await PidAsync("notification-service") is { } pid && pid != before);
        await Expect(chief.Button("Pause notification-service")).ToBeVisibleAsync(new() { Timeout = 60_000 });
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

        await merchant.Button("Edit Ketupat").ClickAsync();
        await merchant.Page.GetByLabel("Tags").FillAsync("rice, festive");
        await DescribeAsync("Ketupat", "Woven anew.");
        await merchant.Button("Save").ClickAsync();
        await Expect(merchant.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("changed somewhere else at the same time");
        await merchant.Button("Load it again").ClickAsync();
        await Expect(merchant.Page.GetByLabel("Description")).ToHaveValueAsync("Woven anew.");
        await merchant.Page.GetByLabel("Tags").FillAsync("rice, festive");
        await merchant.Button("Save").ClickAsync();
        await merchant.Button("Edit Ketupat").ClickAsync();
        await Expect(merchant.Page.GetByLabel("Tags")).ToHaveValueAsync("rice, festive");
        await merchant.Button("Cancel").ClickAsync();

        await merchant.Button("New product").ClickAsync();
        await merchant.Page.GetByLabel("Title").FillAsync("Satay Arnab");
        await merchant.Page.GetByLabel("Price").FillAsync("18.50");
        await merchant.Button("Save").ClickAsync();
        await merchant.Page.GetByLabel("Search the catalogue").FillAsync("Arnab");
        await Expect(merchant.Page.GetByRole(AriaRole.Main)).ToContainTextAsync("RM 18.50");
        await merchant.Button("Delete Satay Arnab").ClickAsync();
        await merchant.Page.GetByRole(AriaRole.Alertdialog).GetByRole(AriaRole.Button, new() { Name = "Delete" }).ClickAsync();
        await Expect(merchant.Heading("No product like that")).ToBeVisibleAsync();

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
        // Without a mouse.
        var keyboard = chief.Page.Keyboard;
        for (var i = 0; i < 40 && !await row.GetByRole(AriaRole.Button).EvaluateAsync<bool>("button => button === document.activeElement"); i++) await keyboard.PressAsync("Tab");
        await keyboard.PressAsync("Enter");
        await Expect(chief.Page.GetByLabel("Pieces more")).ToBeFocusedAsync();
        await keyboard.TypeAsync("7");
        await keyboard.PressAsync("Tab");
        await keyboard.TypeAsync("found behind the shelf");
        await keyboard.PressAsync("Enter");
        await Expect(row.GetByRole(AriaRole.Cell).Nth(1)).ToHaveTextAsync($"{before + 7}");

        await chief.Link("Config").ClickAsync();
        await chief.Page.GetByLabel("Service").SelectOptionAsync("kitchen-service");
        await Expect(chief.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "Kitchen.StationsPerStall" })).ToContainTextAsync("kitchen-service.yml");
        await Expect(chief.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "Kitchen.StationsPerStall" })).ToContainTextAsync("The village's configuration");
        await Expect(chief.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "Kitchen.PreparationTime" })).ToContainTextAsync("00:00:08environment");
        await Expect(chief.Page.GetByRole(AriaRole.Row).Filter(new() { HasText = "ConnectionStrings.Postgres" })).ToContainTextAsync("••••");
        await Expect(chief.Page.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "The village's configuration" })).ToBeVisibleAsync();
        await chief.Link("Map").ClickAsync();
        await Expect(chief.Page.GetByRole(AriaRole.Listitem).Filter(new() { HasText = "order-service" }).First).ToContainTextAsync("outbox empty");
        await chief.Link("Mailbox").ClickAsync();
        await chief.Page.Locator("summary").Filter(new() { HasText = "Welcome" }).First.ClickAsync();
        await Expect(chief.Page.Locator("[open] .letter-text")).ToContainTextAsync("Hello");
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

    static ILocator OrderIn(Visitor chief, string list, string order) =>
        chief.Page.GetByRole(AriaRole.Region, new() { Name = list }).GetByRole(AriaRole.Row).Filter(new() { HasText = order });

    async Task<int?> PidAsync(string process) => (await AsOperatorAsync(HttpMethod.Get, "/api/village/processes")).EnumerateArray()
        .Where(one => one.GetProperty("name").GetString() == process && one.GetProperty("state").GetString() == "up").Select(one => (int?)one.GetProperty("pid").GetInt32()).SingleOrDefault();

    /// <summary>Somebody else changes the product at the same time.</summary>
    async Task DescribeAsync(string title, string description)
    {
        var found = JsonNode.Parse((await AsOperatorAsync(HttpMethod.Get, $"/api/products/all?search={title}")).GetRawText())!["items"]![0]!;
        found["descriptionHtml"] = description;
        await AsOperatorAsync(HttpMethod.Put, $"/api/products/{found["id"]}", found);
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

    async Task<JsonElement> AsOperatorAsync(HttpMethod method, string path, JsonNode? body = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body), Headers = { Authorization = new AuthenticationHeaderValue("Bearer", await village.Village.Tokens.OperatorAsync()) } };
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
