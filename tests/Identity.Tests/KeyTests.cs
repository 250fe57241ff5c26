using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Kampung.Identity.Keys;
using Kampung.Testing;

namespace Kampung.Identity.Tests;

/// <summary>Keys change and are shared, and nobody notices.</summary>
[Collection(ContractTests.RotatesKeys)]
public sealed class KeyTests(IdentityVillage village)
{
    static readonly DateTimeOffset Start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task A_key_is_announced_before_it_signs_and_a_token_in_flight_stays_good()
    {
        using var browser = village.Browser();
        await browser.RegisterAsync("rotation@example.com");
        // Another test may have rotated just now.
        JsonElement before = default;
        await Eventually.Is(async () => WebApp.KeyOf(before = await village.TokensAsync(browser)) == (await village.First.KeySetAsync()).Last());
        var old = WebApp.KeyOf(before);

        var keys = await (await village.First.Client.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/keys/rotate").With(await village.OperatorTokenAsync()))).ShouldBeJson();
        var next = keys.EnumerateArray().Last().GetProperty("id").GetString()!;

        // Both instances tell of it, after the one that signs and what else there has been, and neither signs with it yet.
        (await village.First.KeySetAsync()).TakeLast(2).ShouldBe([old, next]);
        await Eventually.Is(async () => (await village.Second.KeySetAsync()).TakeLast(2).SequenceEqual([old, next]));
        var signsFrom = keys.EnumerateArray().Last().GetProperty("signsFrom").GetDateTimeOffset();
        var early = WebApp.KeyOf(await village.TokensAsync(browser));
        if (DateTimeOffset.UtcNow < signsFrom) early.ShouldBe(old);

        JsonElement after = default;
        await Eventually.Is(async () => WebApp.KeyOf(after = await village.TokensAsync(browser)) == next);
        foreach (var instance in new[] { village.First, village.Second })
        {
            (await instance.AcceptsAsync(village, before)).ShouldBeTrue();
            (await instance.AcceptsAsync(village, after)).ShouldBeTrue();
        }
        (await village.RefreshAsync(before, village.Second)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Two_instances_share_sessions_forms_codes_and_refresh_tokens()
    {
        using var first = village.Browser(village.First);
        using var second = village.Browser(village.Second);
        foreach (System.Net.Cookie cookie in first.Cookies.GetAllCookies()) second.Cookies.Add(cookie);

        // The form comes from one and goes to the other; so does the session, then the code, then the refresh token.
        var form = await first.OpenAsync("/identity/register");
        foreach (System.Net.Cookie cookie in first.Cookies.GetAllCookies()) second.Cookies.Add(cookie);
        (await second.SendAsync(form, ("name", "Siti"), ("email", "shared@example.com"), ("password", IdentityVillage.Password))).Status.ShouldBe(HttpStatusCode.Redirect);
        foreach (System.Net.Cookie cookie in second.Cookies.GetAllCookies()) first.Cookies.Add(cookie);
        var tokens = await village.TokensAsync(first);
        (await village.RefreshAsync(tokens, village.Second)).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await village.Second.AcceptsAsync(village, tokens)).ShouldBeTrue();
        (await village.Second.KeySetAsync()).ShouldBe(await village.First.KeySetAsync());
    }

    [Fact]
    public async Task What_is_secret_can_be_read_by_nobody_else()
    {
        if (!OperatingSystem.IsWindows())
            foreach (var file in Directory.GetFiles(village.Keys)) File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite, file);
        Directory.GetFiles(village.Keys).Select(Path.GetFileName).ShouldContain("master.key");
        (await village.QueryAsync<string>("select string_agg(xml, '') from data_protection_keys")).ShouldNotContain("<masterKey>\n", Case.Insensitive);
        (await village.QueryAsync<string>("select string_agg(xml, '') from data_protection_keys")).ShouldContain("ProtectedKeyRing+Decryptor");
        // PKCS#8 begins with a sequence (0x30 0x82); what is encrypted, with its nonce.
        (await village.QueryAsync<long>("select count(*) from signing_keys where substr(private_key, 29, 2) = '\\x3082'")).ShouldBe(0);
    }

    [Fact]
    public async Task An_instance_with_unusable_settings_does_not_start_and_says_why()
    {
        foreach (var (setting, value, reason) in new[]
                 {
                     ("Identity__MasterKey", Convert.ToBase64String(new byte[32]), "protected with another master key"),
                     ("Identity__MasterKey", "c2hvcnQ=", "must be 32 bytes in Base64"),
                     ("DOTNET_ENVIRONMENT", "Production", "must be an https address"),
                 })
        {
            var refused = await Assert.ThrowsAsync<ShouldAssertException>(() => village.StartIdentityAsync(new() { [setting] = value }));
            refused.Message.ShouldContain("ended with exit code 1.");
            refused.Message.ShouldContain(reason);
        }
    }

    [Fact]
    public void A_key_signs_for_its_lifetime_and_is_published_before_and_after()
    {
        var first = new KeyTimes("first", Start);
        var second = new KeyTimes("second", Start.AddDays(90));
        KeyPlan Plan(params KeyTimes[] keys) => new(keys, TimeSpan.FromDays(90), TimeSpan.FromDays(1), TimeSpan.FromDays(14));

        Plan().Due(Start).ShouldBe(Start);
        Plan(first).Due(Start.AddDays(88)).ShouldBeNull();
        Plan(first).Due(Start.AddDays(89)).ShouldBe(Start.AddDays(90));
        // Nobody was there for a year: the new one is announced all the same.
        Plan(first).Due(Start.AddDays(365)).ShouldBe(Start.AddDays(366));
        Plan(first, second).Due(Start.AddDays(89)).ShouldBeNull();

        Plan(first, second).Signing(Start.AddDays(90).AddTicks(-1)).ShouldBe(first);
        Plan(first, second).Signing(Start.AddDays(90)).ShouldBe(second);
        Plan(first, second).Published(Start.AddDays(89)).ShouldBe([first, second]);
        Plan(first, second).Published(Start.AddDays(104).AddTicks(-1)).ShouldBe([first, second]);
        Plan(first, second).Published(Start.AddDays(104)).ShouldBe([second]);
    }
}
