using System.Collections.Concurrent;

namespace Kampung.Web.Tests;

/// <summary>Somebody with a browser. What they do is said in words that are on the pages; what a browser complains about while they do it fails the test.</summary>
public sealed class Visitor : IAsyncDisposable
{
    readonly IBrowserContext profile;
    readonly ConcurrentQueue<string> complaints = [];
    string? forgiven;

    public Visitor(WebVillage village, IBrowserContext profile, IPage page)
    {
        (Village, this.profile, Page) = (village, profile, page);
        page.PageError += (_, error) => complaints.Enqueue(error);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" && !message.Text.StartsWith("Failed to load resource", StringComparison.Ordinal)) complaints.Enqueue(message.Text);
        };
    }

    public WebVillage Village { get; }
    public IPage Page { get; }
    public IBrowserContext Profile => profile;
    public string Email { get; } = $"aminah.{Guid.NewGuid():N}@example.com";

    public ILocator Button(string name) => Page.GetByRole(AriaRole.Button, new() { Name = name });
    public ILocator Link(string name) => Page.GetByRole(AriaRole.Link, new() { Name = name });
    public ILocator Text(string text, bool exact = false) => Page.GetByText(text, new() { Exact = exact });
    public ILocator Heading(string name) => Page.GetByRole(AriaRole.Heading, new() { Name = name });

    /// <summary>Whether nothing needs to be pushed sideways, or sticks out of its card.</summary>
    public Task<bool> FitsAsync() =>
        Page.EvaluateAsync<bool>("() => [document.documentElement, ...document.querySelectorAll('.card')].every(box => box.scrollWidth <= box.clientWidth)");

    /// <summary>Sees the same page on a phone's screen, or on a desktop's.</summary>
    public Task HoldsAsync(bool phone)
    {
        var screen = WebVillage.Screen(phone);
        return Page.SetViewportSizeAsync(screen.Width, screen.Height);
    }

    public Task OpensAsync(string path) => Page.GotoAsync(path);

    public async Task RegistersAsync(string name = "Aminah binti Yusof")
    {
        await Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).First.ClickAsync();
        await Link("Register").ClickAsync();
        await Page.GetByLabel("Name").FillAsync(name);
        await Page.GetByLabel("E-mail address").FillAsync(Email);
        await Page.GetByLabel("Password").FillAsync("sambal-belacan-42");
        await Button("Register").ClickAsync();
        await Expect(Button("Your account")).ToBeVisibleAsync();
    }

    /// <summary>The issuer knows nobody any more, and services answer as they do to a token that is not good any more.</summary>
    public async Task EndsSessionAsync()
    {
        await profile.ClearCookiesAsync();
        await Page.RouteAsync("**/api/**", route => route.FulfillAsync(new() { Status = 401, ContentType = "application/problem+json", Body = "{}" }));
    }

    /// <summary>As somebody whom identity-service made for whoever looks around.</summary>
    public async Task SignsInAsAsync(string role)
    {
        var person = Kampung.AppHost.DemoUser.Read(Village.Village.Data).Single(user => user.Role == role);
        await OpensAsync("/");
        await Button("Sign in").ClickAsync();
        await Page.GetByLabel("E-mail address").FillAsync(person.Email);
        await Page.GetByLabel("Password").FillAsync(person.Password);
        await Button("Sign in").ClickAsync();
        await Expect(Button("Your account")).ToBeVisibleAsync();
    }

    public async Task PutsIntoBasketAsync(string product, string? variant = null)
    {
        await OpensAsync("/");
        await Page.GetByRole(AriaRole.Searchbox).FillAsync(product);
        await Page.GetByRole(AriaRole.Article).GetByRole(AriaRole.Link, new() { Name = product }).ClickAsync();
        if (variant is not null) await Page.GetByRole(AriaRole.Radio, new() { Name = variant }).CheckAsync();
        await Button("Add to basket").ClickAsync();
        await Expect(Text($"{product} is in your basket")).ToBeVisibleAsync();
    }

    /// <summary>From the basket to an address; whoever is not signed in registers on the way.</summary>
    public async Task GoesToCheckoutAsync(bool registers = true)
    {
        await OpensAsync("/basket");
        await Link("Go to checkout").ClickAsync();
        if (registers) await RegistersAsync();
        await Expect(Heading("Checkout")).ToBeVisibleAsync();
        await Page.GetByLabel("Name of this place").FillAsync("Home");
        await Page.GetByLabel("Street and number").FillAsync("12 Jalan Kebun Teh");
        await Page.GetByLabel("Postcode").FillAsync("30250");
        await Page.GetByLabel("City").FillAsync("Ipoh");
        await Button("Save").ClickAsync();
        await Expect(Text("12 Jalan Kebun Teh")).ToBeVisibleAsync();
    }

    public ILocator OrderButton => Page.GetByRole(AriaRole.Button, new() { NameRegex = new("^Order and pay") });

    public async Task PaysWithAsync(string card)
    {
        await Page.GetByRole(AriaRole.Radio, new() { Name = card }).CheckAsync();
        await OrderButton.ClickAsync();
    }

    /// <summary>An order of satay that has just been paid.</summary>
    public async Task OrdersAsync()
    {
        await PutsIntoBasketAsync("Chicken Satay");
        await GoesToCheckoutAsync();
        await PaysWithAsync("4242");
        await Page.WaitForURLAsync("**/orders/*");
    }

    public async Task CancelsAsync()
    {
        await Button("Cancel the order").ClickAsync();
        await Page.GetByRole(AriaRole.Alertdialog).GetByRole(AriaRole.Button, new() { Name = "Cancel the order" }).ClickAsync();
    }

    /// <summary>Something that nobody can read comes to a topic that three services hear; an operator sees what became of it.</summary>
    /// <returns>The dead letters of all three.</returns>
    public async Task<ILocator> SeesUnreadableAsync()
    {
        using var publisher = new Testing.EventPublisher(Village.Village.Kafka);
        var key = Guid.CreateVersion7();
        await publisher.PublishesGarbage("meal-prepared", key, [0xff, 0x00]);
        await OpensAsync("/board/dead-letters");
        var letters = Page.GetByRole(AriaRole.Listitem).Filter(new() { HasText = $"{key}" });
        await Expect(letters).ToHaveCountAsync(3);
        return letters;
    }

    /// <param name="asked">What to do while the first question is open.</param>
    public async Task DiscardsAsync(ILocator letters, Func<Task>? asked = null)
    {
        var question = Page.GetByRole(AriaRole.Alertdialog);
        for (var left = await letters.CountAsync(); left > 0; left--)
        {
            await letters.First.GetByRole(AriaRole.Button, new() { NameRegex = new("^Discard ") }).ClickAsync();
            await Expect(question).ToBeVisibleAsync();
            if (asked is not null) await asked();
            asked = null;
            await question.GetByRole(AriaRole.Button, new() { Name = "Discard" }).ClickAsync();
            await Expect(letters).ToHaveCountAsync(left - 1);
        }
    }

    /// <summary>Chooses another language, with the words of the present one.</summary>
    public async Task SpeaksAsync(string choices, string label, string language)
    {
        await Button(choices).ClickAsync();
        await Page.GetByLabel(label, new() { Exact = true }).SelectOptionAsync(language);
        await Page.Keyboard.PressAsync("Escape");
    }

    /// <summary>Goes on with the key until there.</summary>
    public async Task TabsToAsync(ILocator target, bool back = false)
    {
        for (var presses = 0; presses < 80; presses++)
        {
            await Page.Keyboard.PressAsync(back ? "Shift+Tab" : "Tab");
            if (await target.EvaluateAsync<bool>("element => element === document.activeElement")) return;
        }
        throw new ShouldAssertException($"{target} cannot be reached by Tab.");
    }

    public async Task PressesAsync(ILocator target, bool back = false)
    {
        await TabsToAsync(target, back);
        await Page.Keyboard.PressAsync("Enter");
    }

    public async Task TypesAsync(params (string Label, string Text)[] fields)
    {
        foreach (var (label, text) in fields)
        {
            await TabsToAsync(Page.GetByLabel(label, new() { Exact = true }));
            await Page.Keyboard.TypeAsync(text);
        }
    }

    public ILocator Happened(string what) => Page.GetByRole(AriaRole.Listitem).Filter(new() { HasText = what });

    /// <summary>The browser may say so: it is what the test is about.</summary>
    public void Expects(string complaint) => forgiven = complaint;

    public async ValueTask DisposeAsync()
    {
        await profile.CloseAsync();
        complaints.Where(complaint => forgiven is null || !complaint.Contains(forgiven, StringComparison.Ordinal)).ShouldBeEmpty();
    }
}
