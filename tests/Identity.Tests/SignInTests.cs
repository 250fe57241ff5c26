using System.Diagnostics;
using System.Net;
using Kampung.Testing;

namespace Kampung.Identity.Tests;

/// <summary>Who may come in, and what is learnt by trying.</summary>
public sealed class SignInTests(IdentityVillage village)
{
    [Fact]
    public async Task Five_wrong_passwords_stop_an_address_for_five_minutes()
    {
        using var browser = village.Browser();
        await browser.RegisterAsync("stopped@example.com");
        using var guesser = village.Browser();

        var refused = new List<string>();
        for (var i = 0; i < 5; i++) refused.Add((await guesser.SignInAsync("Stopped@Example.com", $"guess {i} is wrong")).Alert);
        var right = await guesser.SignInAsync("stopped@example.com");

        right.Status.ShouldBe(HttpStatusCode.BadRequest);
        refused.Append(right.Alert).Distinct().ShouldHaveSingleItem().ShouldContain("stopped for 5 minutes");
        var left = await village.QueryAsync<double>("select extract(epoch from counted_until - now())::float8 from sign_in_attempts where attempts = 6 order by counted_until desc limit 1");
        left.ShouldBeInRange(240, 300);

        await village.QueryAsync<long>("with over as (update sign_in_attempts set counted_until = now() returning 1) select count(*) from over");
        (await guesser.SignInAsync("stopped@example.com")).Status.ShouldBe(HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task Guesses_at_the_same_moment_are_counted_each()
    {
        using var browser = village.Browser();
        await browser.RegisterAsync("many@example.com");
        using var guesser = village.Browser();
        var page = await guesser.OpenAsync("/identity/sign-in");

        await Task.WhenAll(Enumerable.Range(0, 12).Select(i => guesser.SendAsync(page, ("email", "many@example.com"), ("password", $"guess {i} is wrong"))));

        (await guesser.SignInAsync("many@example.com")).Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task An_unknown_address_is_answered_like_a_wrong_password_and_in_the_same_time()
    {
        // The one that hashes as often as it does in earnest.
        using var browser = village.Browser(village.Second);
        await browser.RegisterAsync("known@example.com");
        using var guesser = village.Browser(village.Second);
        var page = await guesser.OpenAsync("/identity/sign-in");
        List<double> known = [], unknown = [];

        for (var i = 0; i < 5; i++)
        {
            await village.QueryAsync<long>("with gone as (delete from sign_in_attempts returning 1) select count(*) from gone");
            var wrong = await TimedAsync(known, "known@example.com");
            var nobody = await TimedAsync(unknown, $"nobody{i}@example.com");
            nobody.Status.ShouldBe(wrong.Status);
            nobody.Alert.ShouldBe(wrong.Alert);
        }

        (Median(unknown) / Median(known)).ShouldBeInRange(0.4, 2.5, $"known {Median(known):0} ms, unknown {Median(unknown):0} ms");

        async Task<Page> TimedAsync(List<double> times, string email)
        {
            var since = Stopwatch.GetTimestamp();
            var answer = await guesser.SendAsync(page, ("email", email), ("password", "this is not it"));
            times.Add(Stopwatch.GetElapsedTime(since).TotalMilliseconds);
            return answer;
        }
    }

    [Fact]
    public async Task Nobody_is_sent_to_another_site_after_signing_in()
    {
        using var browser = village.Browser();
        await browser.RegisterAsync("lured@example.com");
        foreach (var lure in new[] { "https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "/\r\nLocation: https://evil.example", "javascript:alert(1)", "~/x", new string('a', 5000) })
        {
            using var victim = village.Browser();
            var page = await victim.FillInAsync($"/identity/sign-in?returnUrl={Uri.EscapeDataString(lure)}", ("email", "lured@example.com"), ("password", IdentityVillage.Password));
            page.Status.ShouldBe(HttpStatusCode.Redirect, lure);
            page.Location!.OriginalString.ShouldBe("/identity/", lure);

            using var typed = village.Browser();
            (await typed.FillInAsync("/identity/sign-in", ("email", "lured@example.com"), ("password", IdentityVillage.Password), ("returnUrl", lure))).Location!.OriginalString.ShouldBe("/identity/", lure);
        }
    }

    [Fact]
    public async Task A_link_to_sign_out_asks_first()
    {
        using var browser = village.Browser();
        await browser.RegisterAsync("asked@example.com");

        var question = await browser.OpenAsync("/identity/end-session?state=1");
        question.Html.ShouldContain("Do you want to sign out?");
        (await Page.OfAsync(await browser.Http.PostAsync("/identity/end-session", new FormUrlEncodedContent([])))).Html.ShouldContain("Do you want to sign out?");
        (await browser.OpenAsync("/identity/")).Html.ShouldContain("asked@example.com");

        (await browser.SendAsync(question)).Status.ShouldBe(HttpStatusCode.Redirect);
        (await browser.OpenAsync("/identity/")).Location!.OriginalString.ShouldBe("/identity/sign-in");
    }

    [Fact]
    public async Task Pages_are_in_the_language_of_the_browser_and_run_no_script()
    {
        using var browser = village.Browser();
        browser.Http.DefaultRequestHeaders.AcceptLanguage.ParseAdd("de, ms-MY;q=0.9, en;q=0.5");

        var page = await browser.OpenAsync("/identity/sign-in");

        page.Html.ShouldContain("<html lang=\"ms\">");
        page.Html.ShouldContain("Kata laluan");
        foreach (var input in new[] { "email", "password" }) page.Html.ShouldContain($"<label for=\"{input}\">");
        page.Html.ShouldNotContain("<script");
        page.Html.ShouldNotContain("style=");
        var policy = page.Answer.Headers.GetValues("Content-Security-Policy").Single();
        policy.ShouldStartWith("default-src 'none'; style-src 'self';");
        policy.ShouldNotContain("unsafe");
        page.Answer.Headers.GetValues("Referrer-Policy").ShouldBe(["no-referrer"]);
        (await browser.OpenAsync("/identity/style.css")).Answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/css");
    }

    static double Median(List<double> times) => times.Order().ElementAt(times.Count / 2);
}
