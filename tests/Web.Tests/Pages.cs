using System.Text.Json;
using Kampung.AppHost;

namespace Kampung.Web.Tests;

/// <summary>Every page, for everybody: in both themes, on both sizes of screen; and its pictures.</summary>
[Collection(WebCollection.Name)]
public sealed class Pages(WebVillage village)
{
    static readonly string Axe = File.ReadAllText(Path.Combine(Repository.Find().Web, "node_modules", "axe-core", "axe.min.js"));

    [Fact]
    public async Task Every_page_can_be_used_by_everybody()
    {
        await using var visitor = await village.ArrivesAsync();
        var look = new Look(visitor);

        await visitor.OpensAsync("/");
        await Expect(visitor.Page.GetByRole(AriaRole.Article).First).ToBeVisibleAsync();
        await look.AtAsync("browse");
        await visitor.Page.GetByRole(AriaRole.Searchbox).FillAsync("nothing of the kind");
        await Expect(visitor.Heading("Nothing like that today")).ToBeVisibleAsync();
        await look.AtAsync("nothing-found");
        await visitor.OpensAsync("/basket");
        await look.AtAsync("empty-basket");
        await visitor.OpensAsync("/no/such/page");
        await Expect(visitor.Heading("There is nothing here")).ToBeVisibleAsync();
        await look.AtAsync("not-found");
        await visitor.OpensAsync("/orders");
        await Expect(visitor.Heading("Sign in to see your orders.")).ToBeVisibleAsync();
        await look.AtAsync("signed-out");
        foreach (var page in new[] { "sign-in", "register", "forgotten-password", "reset-password?account=1&token=1" })
        {
            await visitor.OpensAsync($"/identity/{page}");
            await Expect(visitor.Page.GetByRole(AriaRole.Main).GetByRole(AriaRole.Button)).ToBeVisibleAsync();
            await look.AtAsync($"identity-{page.Split('?')[0]}");
        }

        await visitor.PutsIntoBasketAsync("Chicken Satay", variant: "10 sticks");
        await look.AtAsync("product");
        await visitor.Button("Language and colours").ClickAsync();
        await Expect(visitor.Page.GetByLabel("Language", new() { Exact = true })).ToBeVisibleAsync();
        await look.AtAsync("choices");
        await visitor.OpensAsync("/basket");
        await Expect(visitor.Link("Go to checkout")).ToBeVisibleAsync();
        await look.AtAsync("basket");
        await visitor.GoesToCheckoutAsync();
        await look.AtAsync("checkout");
        await visitor.PaysWithAsync("0002");
        await Expect(visitor.Text("The card was declined")).ToBeVisibleAsync();
        await look.AtAsync("declined");
        await visitor.PaysWithAsync("4242");
        await Expect(visitor.Happened("The kitchen has begun")).ToBeVisibleAsync();
        await visitor.Button("Cancel the order").ClickAsync();
        await Expect(visitor.Page.GetByRole(AriaRole.Alertdialog)).ToBeVisibleAsync();
        await look.AtAsync("cancel");
        // Not its button: looking takes a while, and the question is gone once a rider has the order.
        await visitor.Page.Keyboard.PressAsync("Escape");
        await look.AtAsync("order");
        await Expect(visitor.Heading("Enjoy!")).ToBeVisibleAsync(new() { Timeout = 60_000 });
        await look.AtAsync("order-completed");
        await visitor.SpeaksAsync("Language and colours", "Language", "Bahasa Melayu");
        await Expect(visitor.Happened("Kad dicaj")).ToContainTextAsync("RM");
        await look.AtAsync("order-malay");
        await visitor.SpeaksAsync("Bahasa dan warna", "Bahasa", "English");
        foreach (var (path, shown) in new[] { ("/orders", "Orders"), ("/profile", "Send me news by"), ("/notifications", "Notifications") })
        {
            await visitor.OpensAsync(path);
            await Expect(visitor.Heading(shown)).ToBeVisibleAsync();
            await Expect(visitor.Page.Locator(".card").First).ToBeVisibleAsync();
            await look.AtAsync(path[1..]);
        }
        await visitor.Button("Your account").ClickAsync();
        await Expect(visitor.Button("Sign out")).ToBeVisibleAsync();
        await look.AtAsync("menu");
        await visitor.Page.Keyboard.PressAsync("Escape");
        await visitor.OpensAsync("/profile");
        await Expect(visitor.Heading("Send me news by")).ToBeVisibleAsync();
        await visitor.Profile.SetOfflineAsync(true);
        await Expect(visitor.Text("You are offline.")).ToBeVisibleAsync();
        await look.AtAsync("offline");
        await visitor.Profile.SetOfflineAsync(false);
        await visitor.EndsSessionAsync();
        await visitor.Button("Save").First.ClickAsync();
        await Expect(visitor.Text("Your session has ended.")).ToBeVisibleAsync();
        await look.AtAsync("session-ended");

        look.Findings.ShouldBeEmpty();
    }

    [Fact]
    public async Task Every_page_of_the_board_can_be_used_by_everybody()
    {
        await using var customer = await village.ArrivesAsync();
        await customer.OrdersAsync();
        await using var chief = await village.ArrivesAsync();
        var look = new Look(chief);
        await chief.SignsInAsAsync("operator");

        foreach (var (page, shown) in new[]
        {
            ("", "li.card"), ("/map", ".badge"), ("/orders", "tbody tr"), ("/gossip", ".empty"), ("/dead-letters", ".empty"), ("/kitchen", "li.card"), ("/riders", "li.card"),
            ("/stock", "tbody tr"), ("/catalogue", "li.card"), ("/mailbox", "li.card"), ("/config", "tbody tr"), ("/break", "li.card"),
        })
        {
            await chief.OpensAsync($"/board{page}");
            await Expect(chief.Page.Locator(shown).First).ToBeVisibleAsync();
            await look.AtAsync($"board{page.Replace('/', '-')}");
        }
        await chief.OpensAsync($"/board/orders/{new Uri(customer.Page.Url).Segments[^1]}");
        await Expect(chief.Heading("What happened")).ToBeVisibleAsync();
        await look.AtAsync("board-order");
        await FormsAndQuestionsAsync(chief, look);

        look.Findings.ShouldBeEmpty();
    }

    async Task FormsAndQuestionsAsync(Visitor chief, Look look)
    {
        await chief.OpensAsync("/board/stock");
        await chief.Page.Locator("tbody").GetByRole(AriaRole.Button).First.ClickAsync();
        await Expect(chief.Page.GetByLabel("Pieces more")).ToBeVisibleAsync();
        await look.AtAsync("board-adjust");
        await chief.OpensAsync("/board/catalogue");
        await chief.Button("New product").ClickAsync();
        await chief.Button("Another variant").ClickAsync();
        await chief.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Edit ") }).First.ClickAsync();
        await look.AtAsync("board-edit");
        await chief.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Delete ") }).First.ClickAsync();
        await Expect(chief.Page.GetByRole(AriaRole.Alertdialog)).ToBeVisibleAsync();
        await look.AtAsync("board-delete");
        await chief.Page.Keyboard.PressAsync("Escape");

        var letters = await chief.SeesUnreadableAsync();
        await letters.First.GetByRole(AriaRole.Button, new() { Name = "Content" }).ClickAsync();
        await Expect(chief.Page.Locator(".code")).ToBeVisibleAsync();
        await look.AtAsync("board-dead-letter");
        await chief.DiscardsAsync(letters, () => look.AtAsync("board-discard"));
    }

    [Fact]
    public async Task The_first_load_has_less_than_200_KB_of_compressed_script()
    {
        await using var visitor = await village.ArrivesAsync();
        var scripts = new List<IResponse>();
        visitor.Page.Response += (_, answer) =>
        {
            if (answer.Request.ResourceType == "script")
                lock (scripts) scripts.Add(answer);
        };

        await visitor.Page.GotoAsync("/", new() { WaitUntil = WaitUntilState.NetworkIdle });

        var bytes = 0;
        foreach (var script in scripts) bytes += (await script.Request.SizesAsync()).ResponseBodySize;
        TestContext.Current.SendDiagnosticMessage($"{scripts.Count} scripts, {bytes} bytes");
        bytes.ShouldBeInRange(1, 200_000);
    }

    /// <summary>Looks at pages as axe does, in both themes and on both sizes of screen, and takes two pictures of each: light on a desktop, dark on a phone.</summary>
    sealed class Look(Visitor visitor)
    {
        public List<string> Findings { get; } = [];

        public async Task AtAsync(string page)
        {
            await visitor.Page.EvaluateAsync(Axe);
            foreach (var phone in new[] { true, false })
            {
                await visitor.HoldsAsync(phone);
                foreach (var theme in new[] { ColorScheme.Dark, ColorScheme.Light })
                {
                    await visitor.Page.EmulateMediaAsync(new() { ColorScheme = theme });
                    await OnceAsync($"{page}-{(phone ? "phone" : "desktop")}-{(theme == ColorScheme.Dark ? "dark" : "light")}", photographed: phone == (theme == ColorScheme.Dark));
                }
            }
        }

        async Task OnceAsync(string picture, bool photographed)
        {
            if (photographed) await visitor.Page.ScreenshotAsync(new() { Path = Path.Combine(WebVillage.Screenshots, $"{picture}.png"), FullPage = true });
            var found = await visitor.Page.EvaluateAsync<JsonElement>(
                "async () => (await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'], resultTypes: ['violations'] })).violations");
            foreach (var violation in found.EnumerateArray())
                Findings.Add($"{picture}: {violation.GetProperty("id")}: {violation.GetProperty("help")} at {string.Join("; ", violation.GetProperty("nodes").EnumerateArray().Take(3).Select(node => node.GetProperty("html").GetString()))}");
            if (!await visitor.FitsAsync()) Findings.Add($"{picture}: wider than the screen or its card");
        }
    }
}
