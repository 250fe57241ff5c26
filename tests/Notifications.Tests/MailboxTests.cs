using System.Net;
using System.Text;
using System.Text.Json;
using Kampung.Testing;

[assembly: AssemblyFixture(typeof(TestPostgres))]

namespace Kampung.Notifications.Tests;

/// <summary>From events on the broker to letters in the mailbox folder.</summary>
public sealed class MailboxTests(SharedService shared) : IClassFixture<SharedService>
{
    readonly NotificationService village = shared.Service;

    [Fact]
    public async Task Each_event_is_told_in_a_letter_of_its_own()
    {
        var siti = new Someone();
        await Registers(siti);
        await village.Publisher.Publishes("payment-confirmed", siti.OrderId, siti.Payment());
        await village.Publisher.Publishes("order-confirmed", siti.OrderId, siti.Order());
        await village.Publisher.Publishes("order-cancelled", siti.OrderId, siti.Order("changed my mind"));
        await village.Publisher.Publishes("payment-refunded", siti.OrderId, siti.Payment("order cancelled"));
        var other = siti with { OrderId = Guid.CreateVersion7() };
        await village.Publisher.Publishes("order-rejected", other.OrderId, other.Order("payment declined"));
        await village.Publisher.Publishes("meal-prepared", siti.OrderId, siti.Meal(remaining: 1));
        await village.Publisher.Publishes("meal-prepared", siti.OrderId, siti.Meal(remaining: 0));
        await village.Publisher.Publishes("delivery-picked-up", siti.OrderId, siti.Delivery);
        await village.Publisher.Publishes("delivery-completed", siti.OrderId, siti.Delivery);

        var letters = await village.Receives(9, siti.Email);

        letters.Select(letter => letter.MessageId).ShouldBe(
            [
                Someone.MessageId("welcome", siti.Id), Someone.MessageId("payment-receipt", siti.OrderId), Someone.MessageId("order-confirmed", siti.OrderId),
                Someone.MessageId("order-cancelled", siti.OrderId), Someone.MessageId("payment-refunded", siti.OrderId),
                Someone.MessageId("order-rejected", other.OrderId), Someone.MessageId("meal-ready", siti.OrderId), Someone.MessageId("on-its-way", siti.OrderId),
                Someone.MessageId("delivered", siti.OrderId),
            ], ignoreOrder: true);
        letters.Single(letter => letter.MessageId == Someone.MessageId("on-its-way", siti.OrderId)).TextBody!.ShouldContain("Ali has your order");
        var confirmation = letters.Single(letter => letter.MessageId == Someone.MessageId("order-confirmed", siti.OrderId));
        confirmation.From.ToString().ShouldBe("\"Kampung\" <no-reply@kampung.example>");
        confirmation.To.Mailboxes.Single().Name.ShouldBe("Siti binti Osman");
        confirmation.Subject.ShouldBe("Your order is confirmed");
        confirmation.Headers["Auto-Submitted"].ShouldBe("auto-generated");
        confirmation.TextBody!.ShouldContain("3 x Satay (10 sticks): MYR 1,200.00");
        confirmation.HtmlBody!.ShouldContain("<b>MYR 1,234.50</b>");
    }

    [Fact]
    public async Task The_same_event_twice_and_two_events_of_a_kind_make_one_letter()
    {
        var siti = new Someone();
        await Registers(siti);

        var id = await village.Publisher.Publishes("payment-confirmed", siti.OrderId, siti.Payment());
        await village.Publisher.Publishes("payment-confirmed", siti.OrderId, siti.Payment(), id);
        await village.Publisher.Publishes("payment-confirmed", siti.OrderId, siti.Payment());
        await IsThroughWith("payment-confirmed", siti.OrderId, siti);

        (await village.Reads<long>($"select count(*) from notifications where about = '{siti.OrderId}' and channel = 'email'")).ShouldBe(1);
        await Eventually.Is(() => village.Letters(siti.Email).Count(letter => letter.MessageId == Someone.MessageId("payment-receipt", siti.OrderId)) == 1);
    }

    [Fact]
    public async Task An_event_that_comes_before_its_customer_is_told_once_the_customer_is_known()
    {
        var siti = new Someone();
        await village.Publisher.Publishes("order-confirmed", siti.OrderId, siti.Order());
        await Eventually.Is(async () => await village.Reads<long>($"select count(*) from parked_messages where key = '{siti.OrderId}'") == 1);

        await village.Publisher.Publishes("customer-registered", siti.Id, siti.Registered);

        var letters = await village.Receives(2, siti.Email);
        letters.Select(letter => letter.MessageId).ShouldBe(
            [Someone.MessageId("welcome", siti.Id), Someone.MessageId("order-confirmed", siti.OrderId)], ignoreOrder: true);
    }

    [Fact]
    public async Task What_cannot_be_read_is_a_dead_letter_and_later_events_go_on()
    {
        var siti = new Someone();
        await Registers(siti);

        await village.Publisher.PublishesGarbage("payment-confirmed", siti.OrderId, [0xff, 0x00, 0xfe, 0x7b]);
        var wrong = await village.Publisher.Publishes("payment-confirmed", siti.OrderId, new { orderId = "not an id", amount = "12" });
        var empty = await village.Publisher.Publishes("payment-confirmed", siti.OrderId, new { });
        await village.Publisher.Publishes("payment-confirmed", siti.OrderId, siti.Payment());

        (await village.Receives(2, siti.Email)).ShouldContain(letter => letter.MessageId == Someone.MessageId("payment-receipt", siti.OrderId));
        using var answer = await village.Process.Client.GetAsync("/dead-letters?limit=200");
        var dead = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("items").EnumerateArray()
            .Where(letter => letter.GetProperty("key").GetString() == $"{siti.OrderId}").ToList();
        dead.Count.ShouldBe(3);
        dead.Select(letter => letter.GetProperty("id").GetGuid()).ShouldContain(wrong);
        dead.Select(letter => letter.GetProperty("id").GetGuid()).ShouldContain(empty);
    }

    [Fact]
    public async Task A_link_to_a_new_password_is_not_shown_in_a_dead_letter()
    {
        var account = Guid.CreateVersion7();
        const string Link = "https://shop.example/identity/reset-password?token=of-siti";
        var dead = await village.Publisher.Publishes("password-reset-requested", account, new { accountId = account, requestId = "no id", name = "Siti", email = "siti@example.com", link = Link });
        await village.Publisher.PublishesGarbage("password-reset-requested", account, System.Text.Encoding.UTF8.GetBytes($"{{\"link\":\"{Link}\","));

        var letters = await Eventually.Get(async () =>
        {
            var list = JsonDocument.Parse(await village.Process.Client.GetStringAsync("/dead-letters?limit=200")).RootElement.GetProperty("items").EnumerateArray()
                .Where(letter => letter.GetProperty("key").GetString() == $"{account}").ToList();
            return list.Count == 2 ? list : null!;
        });
        foreach (var id in letters.Select(letter => letter.GetProperty("id").GetGuid()))
        {
            using var answer = await village.Process.Client.GetAsync($"/dead-letters/{id}");
            var shown = await answer.ShouldBeJson();
            shown.GetRawText().ShouldNotContain("of-siti");
            shown.GetProperty("bodyBase64").ValueKind.ShouldBe(JsonValueKind.Null);
            if (id == dead) (shown.GetProperty("body").GetProperty("link").GetString(), shown.GetProperty("body").GetProperty("email").GetString()).ShouldBe(("***", "siti@example.com"));
            (await village.Process.Client.PostAsync($"/dead-letters/{id}/discard", null)).EnsureSuccessStatusCode();
        }
        await Eventually.Is(() => village.Process.Logs.Count(line => line.Contains("is discarded", StringComparison.Ordinal) && line.Contains($"{account}", StringComparison.Ordinal)) == 2);
        village.Process.Logs.ShouldNotContain(line => line.Contains("of-siti", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Operators_read_the_folder_newest_first_but_for_links_to_new_passwords()
    {
        var siti = new Someone();
        await Registers(siti);
        await village.Publisher.Publishes("payment-confirmed", siti.OrderId, siti.Payment());
        await village.Publisher.Publishes("password-reset-requested", siti.Id, new
        {
            accountId = siti.Id, requestId = Guid.CreateVersion7(), name = siti.Name, email = siti.Email, link = "https://shop.example/identity/reset-password?token=of-siti",
            expiresAt = DateTimeOffset.UtcNow.AddHours(1), locale = (string?)null,
        });
        await village.Receives(3, siti.Email);
        var strange = village.Puts("holiday.txt", "not ours");
        var never = village.Puts($"20209999T000000Z-welcome-{Guid.NewGuid()}.whatsapp.json", "");
        var broken = village.Puts($"20200101T000000Z-welcome-{Guid.NewGuid()}.whatsapp.json", "{");

        List<JsonElement> letters = [];
        string? cursor = "";
        do
        {
            using var answer = await village.Process.Client.GetAsync($"/mailbox?limit=2&cursor={Uri.EscapeDataString(cursor)}");
            var page = await answer.ShouldBeJson();
            page.GetProperty("items").GetArrayLength().ShouldBeInRange(1, 2);
            letters.AddRange(page.GetProperty("items").EnumerateArray());
            cursor = page.GetProperty("next").GetString();
        } while (cursor is not null);

        var files = letters.Select(letter => letter.GetProperty("file").GetString()!).ToList();
        files.ShouldBe(files.Distinct().OrderDescending(StringComparer.Ordinal));
        files.ShouldNotContain(strange);
        files.ShouldNotContain(never);
        var mine = letters.Where(letter => letter.GetProperty("to").GetString()!.Contains(siti.Email, StringComparison.Ordinal)).ToDictionary(letter => letter.GetProperty("kind").GetString()!);
        mine.Keys.ShouldBe(["welcome", "payment-receipt", "password-reset"], ignoreOrder: true);
        var receipt = mine["payment-receipt"];
        (receipt.GetProperty("channel").GetString(), receipt.GetProperty("subject").GetString()).ShouldBe(("email", "Receipt: MYR 1,234.50"));
        receipt.GetProperty("text").GetString()!.ShouldContain("MYR 1,234.50");
        mine["password-reset"].GetProperty("text").ValueKind.ShouldBe(JsonValueKind.Null);
        letters.ShouldAllBe(letter => !letter.GetRawText().Contains("of-siti", StringComparison.Ordinal));
        letters[^1].GetProperty("file").GetString().ShouldBe(broken);
        letters[^1].GetProperty("text").GetString()!.ShouldStartWith("It cannot be read");
    }

    [Fact]
    public async Task A_script_in_a_name_arrives_as_text_and_a_line_end_makes_no_header()
    {
        var evil = new Someone("<script>alert(1)</script>\r\nBcc: everyone@example.com\r\n\r\nHello");
        await village.Publisher.Publishes("customer-registered", evil.Id, evil.Registered);

        var letter = (await village.Receives(1, evil.Email)).ShouldHaveSingleItem();

        letter.Bcc.ShouldBeEmpty();
        letter.To.Mailboxes.ShouldHaveSingleItem().Name.ShouldBe("<script>alert(1)</script> Bcc: everyone@example.com Hello");
        letter.Subject.ShouldBe("Welcome to Kampung, <script>alert(1)</script> Bcc: everyone@example.com Hello");
        letter.HtmlBody!.ShouldNotContain("<script");
        letter.HtmlBody!.ShouldContain("&lt;script&gt;");
    }

    [Fact]
    public async Task An_address_with_headers_in_it_is_given_up_and_says_why()
    {
        var evil = new Someone { Email = "siti@example.com>\r\nBcc: <everyone@example.com" };
        await village.Publisher.Publishes("customer-registered", evil.Id, evil.Registered);

        await Eventually.Is(async () => (await village.ListsTo(evil.Id)).GetProperty("items").EnumerateArray().Single().GetProperty("state").GetString() == "failed");
        village.Letters("everyone@example.com").ShouldBeEmpty();
        (await village.Reads<int>($"select attempts from notifications where about = '{evil.Id}' and channel = 'email'")).ShouldBe(1);
        (await village.Reads<string>($"select document->>'error' from notifications where about = '{evil.Id}' and channel = 'email'")).ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task Letters_go_to_the_newest_address_in_the_customer_s_language()
    {
        var siti = new Someone();
        var moved = siti with { Email = $"new.{siti.Email}" };
        await Registers(siti);
        var now = DateTimeOffset.UtcNow;
        await village.Publisher.Publishes("customer-changed", siti.Id, new { customerId = siti.Id, name = "Siti", email = moved.Email, locale = "ms-MY" }, time: now);
        await village.Publisher.Publishes("customer-changed", siti.Id, new { customerId = siti.Id, name = "Siti", email = "stale@example.com" }, time: now.AddSeconds(-1));
        await Eventually.Is(async () => await village.Reads<string>($"select document->>'email' from contacts where customer_id = '{siti.Id}'") == moved.Email);
        await IsThroughWith("customer-changed", siti.Id, siti with { Email = moved.Email }, new { customerId = siti.Id, name = "Siti", email = "stale@example.com" }, now.AddSeconds(-1));

        await village.Publisher.Publishes("payment-confirmed", siti.OrderId, siti.Payment());

        (await village.Receives(1, moved.Email)).ShouldHaveSingleItem().Subject.ShouldBe("Resit: MYR 1,234.50");
    }

    [Fact]
    public async Task Who_has_left_is_forgotten_and_told_nothing_more()
    {
        var siti = new Someone();
        await Registers(siti);
        await village.Publisher.Publishes("customer-deleted", siti.Id, new { customerId = siti.Id });
        await Eventually.Is(async () => await village.Reads<bool>($"select document is null from contacts where customer_id = '{siti.Id}'"));
        // A late change of a customer who has left does not bring the address back.
        await IsThroughWith("customer-changed", siti.Id, siti, new { customerId = siti.Id, name = "Siti", email = siti.Email });

        var handled = await village.Publisher.Publishes("payment-refunded", siti.OrderId, siti.Payment());

        await IsHandled(handled);
        (await village.Reads<bool>($"select document is null from contacts where customer_id = '{siti.Id}'")).ShouldBeTrue();
        (await village.Reads<long>($"select count(*) from notifications where customer_id = '{siti.Id}' and channel = 'email'")).ShouldBe(1);
        (await village.Reads<string>($"select string_agg(document::text, '') from notifications where customer_id = '{siti.Id}'")).ShouldNotContain(siti.Email);
    }

    [Fact]
    public async Task Notifications_are_listed_to_their_customer_alone_newest_first_in_pages()
    {
        var (siti, ali) = (new Someone(), new Someone("Ali"));
        await Registers(siti);
        await Registers(ali);
        var orders = Enumerable.Range(0, 5).Select(_ => siti with { OrderId = Guid.CreateVersion7() }).ToList();
        foreach (var order in orders)
        {
            await village.Publisher.Publishes("order-confirmed", order.OrderId, order.Order());
            await Eventually.Is(async () => await village.Reads<long>($"select count(*) from notifications where about = '{order.OrderId}' and channel = 'email'") == 1);
        }
        await village.Receives(6, siti.Email);

        var seen = new List<JsonElement>();
        for (var page = await village.ListsTo(siti.Id, "?channel=email&limit=4"); ; page = await village.ListsTo(siti.Id, $"?channel=email&limit=4&cursor={page.GetProperty("next")}"))
        {
            page.GetProperty("items").GetArrayLength().ShouldBeLessThanOrEqualTo(4);
            seen.AddRange(page.GetProperty("items").EnumerateArray());
            if (page.GetProperty("next").ValueKind == JsonValueKind.Null) break;
        }

        seen.Select(item => item.GetProperty("kind").GetString()).ShouldBe([.. Enumerable.Repeat("order-confirmed", 5), "welcome"]);
        seen.Take(5).Select(item => item.GetProperty("orderId").GetGuid()).ShouldBe(orders.Select(order => order.OrderId).Reverse());
        await Eventually.Is(async () => (await village.ListsTo(siti.Id)).GetProperty("items").EnumerateArray().All(item => item.GetProperty("state").GetString() == "sent"));
        var welcome = seen[^1];
        welcome.GetProperty("orderId").ValueKind.ShouldBe(JsonValueKind.Null);
        welcome.GetProperty("channel").GetString().ShouldBe("email");
        welcome.GetProperty("subject").GetString().ShouldBe("Welcome to Kampung, Siti binti Osman");
        welcome.EnumerateObject().Select(property => property.Name).ShouldBe(
            ["id", "orderId", "kind", "channel", "subject", "text", "createdAt", "sentAt", "readAt", "state"], ignoreOrder: true);
        (await village.ListsTo(ali.Id)).GetProperty("items").GetArrayLength().ShouldBe(1);
    }

    [Theory]
    [InlineData("/notifications?limit=0", HttpStatusCode.BadRequest)]
    [InlineData("/notifications?limit=-1", HttpStatusCode.BadRequest)]
    [InlineData("/notifications?limit=101", HttpStatusCode.BadRequest)]
    [InlineData("/notifications?limit=many", HttpStatusCode.BadRequest)]
    [InlineData("/notifications?cursor=%00%ff", HttpStatusCode.BadRequest)]
    [InlineData("/notifications?cursor=bm90IG91cnM", HttpStatusCode.BadRequest)]
    [InlineData("/notifications?channel=pigeon", HttpStatusCode.BadRequest)]
    [InlineData("/notifications?unread=perhaps", HttpStatusCode.BadRequest)]
    [InlineData("/notification", HttpStatusCode.NotFound)]
    public async Task Bad_questions_are_answered_with_problem_details(string path, HttpStatusCode status)
    {
        using var answer = await village.AsksAs(Guid.NewGuid(), path);

        answer.StatusCode.ShouldBe(status);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        village.Process.Logs.ShouldNotContain(line => line.Contains("unhandled exception", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Nobody_in_particular_is_shown_nothing()
    {
        using var answer = await village.Process.Client.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/notifications").With(null));

        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        Encoding.UTF8.GetString(await answer.Content.ReadAsByteArrayAsync()).ShouldContain("https://kampung.dev/problems/unauthorized");
    }

    async Task Registers(Someone customer)
    {
        await village.Publisher.Publishes("customer-registered", customer.Id, customer.Registered);
        await village.Receives(1, customer.Email);
    }

    /// <summary>One more event of this key, and wait until it is handled: then whatever was published before it is, too.</summary>
    async Task IsThroughWith(string topic, Guid subject, Someone customer, object? body = null, DateTimeOffset? time = null) =>
        await IsHandled(await village.Publisher.Publishes(topic, subject, body ?? customer.Payment(), time: time));

    Task IsHandled(Guid eventId) => Eventually.Is(async () => await village.Reads<long>($"select count(*) from inbox where event_id = '{eventId}'") == 1);
}
