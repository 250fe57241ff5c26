using System.Net;
using System.Text.RegularExpressions;
using Kampung.Testing;

namespace Kampung.Identity.Tests;

/// <summary>From the page by way of the broker and the mailbox to a new password.</summary>
public sealed partial class ForgottenPasswordTests(IdentityVillage village)
{
    const string NewPassword = "rendang without end";

    [Fact]
    public async Task A_link_in_a_letter_leads_to_a_new_password_once()
    {
        using var requests = village.Topic("password-reset-requested");
        using var browser = village.Browser();
        await browser.RegisterAsync("forgot@example.com");
        var id = await village.QueryAsync<Guid>("select id from accounts where email = 'forgot@example.com'");
        using var visitor = village.Browser();

        var link = await LinkForAsync(visitor, "forgot@example.com");
        await (await requests.AboutAsync(id, 1))[0].ShouldKeepItsContract();

        // Too simple a password does not use it up.
        (await visitor.FillInAsync(link.PathAndQuery, ("password", "short"))).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await visitor.FillInAsync(link.PathAndQuery, ("password", NewPassword))).Html.ShouldContain("Your password is changed.");
        (await visitor.FillInAsync(link.PathAndQuery, ("password", "another password"))).Html.ShouldContain("This link was used already");

        (await visitor.SignInAsync("forgot@example.com")).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await visitor.SignInAsync("forgot@example.com", NewPassword)).Status.ShouldBe(HttpStatusCode.Redirect);
        // The token stands in no log and in nobody's database any more.
        var token = link.Query.Split("token=")[1];
        foreach (var process in village.Processes) process.Logs.ShouldNotContain(line => line.Contains(token, StringComparison.Ordinal));
        await Eventually.Is(async () => await village.QueryNotificationsAsync<long>($"select count(*) from notifications where document::text like '%{token}%'") == 0);
        (await village.QueryAsync<long>("select count(*) from outbox where topic = 'password-reset-requested'")).ShouldBe(0);
    }

    [Fact]
    public async Task A_new_password_ends_sessions_and_refresh_tokens()
    {
        using var browser = village.Browser();
        await browser.RegisterAsync("stolen@example.com");
        var tokens = await village.TokensAsync(browser);
        using var visitor = village.Browser();
        var link = await LinkForAsync(visitor, "stolen@example.com");

        await visitor.FillInAsync(link.PathAndQuery, ("password", NewPassword));

        (await village.RefreshAsync(tokens)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task Whether_there_is_an_account_cannot_be_told_and_no_mailbox_is_filled()
    {
        using var browser = village.Browser();
        await browser.RegisterAsync("quiet@example.com");
        using var visitor = village.Browser();

        var known = await visitor.FillInAsync("/identity/forgotten-password", ("email", "quiet@example.com"));
        var again = await visitor.FillInAsync("/identity/forgotten-password", ("email", "quiet@example.com"));
        var unknown = await visitor.FillInAsync("/identity/forgotten-password", ("email", "nobody-at-all@example.com"));

        unknown.Status.ShouldBe(known.Status);
        unknown.Html.ShouldBe(known.Html);
        again.Html.ShouldBe(known.Html);
        // Another letter that is sent behind all others: what was to come has come.
        await LinkForAsync(visitor, "quiet@example.com");
        village.Letters("quiet@example.com").Count(letter => letter.Subject!.Contains("password", StringComparison.Ordinal)).ShouldBe(1);
        village.Letters("nobody-at-all@example.com").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_link_that_is_too_old_forged_or_somebody_else_s_is_worth_nothing()
    {
        using var browser = village.Browser();
        await browser.RegisterAsync("mallory@example.com");
        await browser.RegisterAsync("victim@example.com");
        var victim = await village.QueryAsync<Guid>("select id from accounts where email = 'victim@example.com'");
        await using var hasty = await village.StartIdentityAsync(new() { ["Identity__ResetLinkLifetime"] = "00:00:00.001" });
        using var visitor = village.Browser();
        var link = await LinkForAsync(visitor, "mallory@example.com");
        var token = link.Query.Split("token=")[1];

        using var late = village.Browser(hasty);
        (await late.FillInAsync(link.PathAndQuery, ("password", NewPassword))).Html.ShouldContain("too old");
        foreach (var query in new[] { $"account={victim}&token={token}", $"account={victim}&token=AAAA", $"account={victim}&token=%2A", $"account=x&token={token}", $"account={victim}", "" })
            (await visitor.FillInAsync($"/identity/reset-password?{query}", ("password", NewPassword))).Html.ShouldContain("This link was used already", Case.Sensitive, query);
        (await visitor.SignInAsync("victim@example.com")).Status.ShouldBe(HttpStatusCode.Redirect);
    }

    async Task<Uri> LinkForAsync(Browser visitor, string email)
    {
        await visitor.FillInAsync("/identity/forgotten-password", ("email", email));
        var letter = await Eventually.Get(() => Task.FromResult(village.Letters(email).SingleOrDefault(letter => letter.Subject == "A new password for Kampung")!));
        var link = new Uri(LinkPattern().Match(letter.TextBody!).Value);
        link.AbsoluteUri.ShouldStartWith($"{village.Issuer}/reset-password?account=");
        return link;
    }

    [GeneratedRegex(@"http://\S+")]
    private static partial Regex LinkPattern();
}
