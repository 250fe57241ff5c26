using Kampung.AppHost;
using Kampung.Testing;
using Village = Kampung.Testing.Village;

namespace Kampung.Web.Tests;

/// <summary>A running village that serves the web app as it is in this clone, and a browser. One for all tests: each visitor has a browser profile of its own.</summary>
public sealed class WebVillage : IAsyncLifetime
{
    IPlaywright playwright = null!;
    IBrowser browser = null!;

    public Village Village { get; private set; } = null!;
    public Mailbox Mailbox { get; private set; } = null!;
    public string Address => Village.Control.File.Gateway;

    /// <summary>Where the village expects the web app's development server.</summary>
    public int WebPort { get; } = Testing.FreePort.Next();

    /// <summary>Where pictures of the pages are put.</summary>
    public static string Screenshots { get; } = Directory.CreateDirectory(Path.Combine(Repository.Find().Root, "artifacts", "screenshots")).FullName;

    public async ValueTask InitializeAsync()
    {
        await new WebBuild(Repository.Find()).RunAsync(progress => TestContext.Current.SendDiagnosticMessage(progress));
        // Slow enough for a person to see an order pass by, and to call it off.
        Village = await Village.StartAsync("--web-port", $"{WebPort}", "--set", "Kitchen:PreparationTime=00:00:08", "--set", "Delivery:PickUpTime=00:00:01", "--set", "Delivery:TravelTime=00:00:01",
            // Soon enough stuck, or a dead letter, to be looked at.
            "--set", "Orders:StuckAfter=00:00:03", "--set", "notification-service:Messaging:MaxAttempts=4", "--set", "notification-service:Messaging:ParkedDelay=00:00:00.2");
        Mailbox = new Mailbox(Village.Mailbox);
        playwright = await Playwright.CreateAsync();
        // A checkout holds its answer for up to ten seconds, and other tests share the processors.
        SetDefaultExpectTimeout(30_000);
        browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium(), Args = ["--no-sandbox", "--disable-background-networking"] });
    }

    public async Task<Visitor> ArrivesAsync(string language = "en-MY", string? address = null)
    {
        var profile = await browser.NewContextAsync(new()
        {
            BaseURL = address ?? Address,
            Locale = language,
            ReducedMotion = ReducedMotion.Reduce,
            ViewportSize = Screen(phone: false),
        });
        profile.SetDefaultTimeout(30_000);
        return new Visitor(this, profile, await profile.NewPageAsync());
    }

    public static ViewportSize Screen(bool phone) => phone ? new() { Width = 390, Height = 844 } : new() { Width = 1280, Height = 900 };

    public async ValueTask DisposeAsync()
    {
        if (browser is not null) await browser.CloseAsync();
        playwright?.Dispose();
        if (Village is not null) await Village.DisposeAsync();
    }

    /// <summary>The headless shell where there is one: the same pages without a browser's own windows and menus around them, for a quarter less of the processor's time.</summary>
    static string Chromium() =>
        new[] { "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome" }
            .SelectMany(_ => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator), (name, folder) => Path.Combine(folder, name))
            .FirstOrDefault(File.Exists)
        ?? throw new ShouldAssertException("There is no Chromium on the PATH: apt-get install chromium-headless-shell, or chromium.");
}

[CollectionDefinition(Name)]
public sealed class WebCollection : ICollectionFixture<WebVillage>
{
    public const string Name = "web";
}
