using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Kampung.Testing;

namespace Kampung.Notifications.Tests;

/// <summary>A notification-service that sends WhatsApp messages to a stand-in for Meta's API.</summary>
public sealed class WhatsAppVillage(TestPostgres postgres) : IAsyncLifetime
{
    public WhatsAppApi Api { get; private set; } = null!;
    public NotificationService Service { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Api = await WhatsAppApi.StartAsync();
        Service = await NotificationService.StartAsync(postgres, new()
        {
            ["WhatsApp__BaseUrl"] = Api.BaseUrl,
            ["WhatsApp__PhoneNumberId"] = WhatsAppApi.PhoneNumberId,
            ["WhatsApp__AccessToken"] = WhatsAppApi.Token,
            ["Sending__MaxAttempts"] = "4",
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (Service is not null) await Service.DisposeAsync();
        if (Api is not null) await Api.DisposeAsync();
    }
}

/// <summary>Each is told by the channels that they chose.</summary>
public sealed class PreferencesTests(WhatsAppVillage whatsApp) : IClassFixture<WhatsAppVillage>
{
    readonly NotificationService village = whatsApp.Service;
    readonly WhatsAppApi api = whatsApp.Api;

    static int numbers;

    static Someone SomebodyWithPhone(string? locale = null) => new(Locale: locale, Phone: $"+6012{Interlocked.Increment(ref numbers):0000000}");

    [Fact]
    public async Task WhatsApp_gets_a_template_with_its_parameters_and_nobody_else_gets_anything()
    {
        var siti = SomebodyWithPhone(locale: "ms-MY");
        await Registers(siti);
        await village.Prefers(siti.Id, ["whatsApp"]);

        await village.Publisher.Publishes("order-confirmed", siti.OrderId, siti.Order());

        await Eventually.Is(() => api.To(siti.Phone!).Count == 1);
        JsonElement.DeepEquals(api.To(siti.Phone!).Single(), JsonSerializer.SerializeToElement(new
        {
            messaging_product = "whatsapp",
            recipient_type = "individual",
            to = siti.Phone,
            type = "template",
            template = new
            {
                name = "order_confirmed",
                language = new { code = "ms" },
                components = new[]
                {
                    new
                    {
                        type = "body",
                        parameters = new[] { new { type = "text", text = siti.Name }, new { type = "text", text = $"{siti.OrderId}" }, new { type = "text", text = "MYR 1,234.50" } },
                    },
                },
            },
        })).ShouldBeTrue(api.To(siti.Phone!).Single().GetRawText());
        await Eventually.Is(async () => (await States(siti, "order-confirmed")).SequenceEqual(["whatsApp sent"]));
    }

    [Fact]
    public async Task WhatsApp_is_tried_again_while_that_can_help_and_given_up_when_it_cannot()
    {
        var (throttled, broken, refused, never) = (SomebodyWithPhone(), SomebodyWithPhone(), SomebodyWithPhone(), SomebodyWithPhone());
        api.Refuses(throttled.Phone!, (400, 130429), (429, 80007));
        api.Refuses(broken.Phone!, (503, 2), (401, 190));
        api.Refuses(refused.Phone!, (400, 131026));
        api.Refuses(never.Phone!, [.. Enumerable.Repeat((500, 1), 9)]);
        foreach (var customer in new[] { throttled, broken, refused, never })
        {
            await Registers(customer);
            await village.Prefers(customer.Id, ["whatsApp"]);
            await village.Publisher.Publishes("payment-confirmed", customer.OrderId, customer.Payment());
        }

        await Eventually.Is(async () => (await States(throttled, "payment-receipt")).SequenceEqual(["whatsApp sent"]));
        await Eventually.Is(async () => (await States(broken, "payment-receipt")).SequenceEqual(["whatsApp sent"]));
        await Eventually.Is(async () => (await States(refused, "payment-receipt")).SequenceEqual(["whatsApp failed"]));
        await Eventually.Is(async () => (await States(never, "payment-receipt")).SequenceEqual(["whatsApp failed"]));
        (api.To(throttled.Phone!).Count, api.To(broken.Phone!).Count, api.To(refused.Phone!).Count, api.To(never.Phone!).Count).ShouldBe((3, 3, 1, 4));
        (await village.Reads<string>($"select document->>'error' from notifications where about = '{refused.OrderId}'")).ShouldBe("WhatsApp refused the message: (#131026) refused (code 131026).");
    }

    [Fact]
    public async Task Each_chosen_channel_is_used_once_also_when_the_event_comes_twice()
    {
        var siti = SomebodyWithPhone();
        await Registers(siti);
        await village.Prefers(siti.Id, ["email", "whatsApp", "inApp"]);

        for (var i = 0; i < 2; i++) await village.Publisher.Publishes("delivery-completed", siti.OrderId, siti.Delivery);
        var last = await village.Publisher.Publishes("delivery-completed", siti.OrderId, siti.Delivery);

        await Eventually.Is(async () => await village.Reads<long>($"select count(*) from inbox where event_id = '{last}'") == 1);
        await Eventually.Is(async () => (await States(siti, "delivered")).SequenceEqual(["email sent", "inApp sent", "whatsApp sent"]));
        api.To(siti.Phone!).Count.ShouldBe(1);
    }

    [Fact]
    public async Task By_default_it_is_email_and_the_shop_where_it_is_unread_until_it_is_read()
    {
        var siti = SomebodyWithPhone();
        await Registers(siti);
        (await village.ListsTo(siti.Id, "/preferences")).GetRawText().ShouldBe("""{"channels":["email","inApp"],"muted":[]}""");

        await village.Publisher.Publishes("meal-prepared", siti.OrderId, siti.Meal(remaining: 0));

        await Eventually.Is(async () => (await States(siti, "meal-ready")).SequenceEqual(["email sent", "inApp sent"]));
        var unread = (await village.ListsTo(siti.Id, "?channel=inApp&unread=true")).GetProperty("items").EnumerateArray().ToList();
        unread.Select(item => item.GetProperty("kind").GetString()).ShouldBe(["meal-ready", "welcome"]);
        unread[0].GetProperty("text").GetString()!.ShouldContain("your meal is ready");

        var id = unread[0].GetProperty("id").GetGuid();
        using (var foreign = await village.SendsAs(Guid.NewGuid(), HttpMethod.Post, $"/notifications/{id}/read")) foreign.StatusCode.ShouldBe(HttpStatusCode.NotFound);
        using (var read = await village.SendsAs(siti.Id, HttpMethod.Post, $"/notifications/{id}/read")) read.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        using (var again = await village.SendsAs(siti.Id, HttpMethod.Post, $"/notifications/{id}/read")) again.StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await village.ListsTo(siti.Id, "?unread=true")).GetProperty("items").EnumerateArray().Select(item => item.GetProperty("kind").GetString()).ShouldBe(["welcome"]);
    }

    [Fact]
    public async Task Who_mutes_the_news_still_gets_the_receipt()
    {
        var siti = SomebodyWithPhone();
        await Registers(siti);
        await village.Prefers(siti.Id, ["inApp"], "meal-ready", "on-its-way");

        await village.Publisher.Publishes("meal-prepared", siti.OrderId, siti.Meal(remaining: 0));
        await village.Publisher.Publishes("delivery-picked-up", siti.OrderId, siti.Delivery);
        await village.Publisher.Publishes("delivery-completed", siti.OrderId, siti.Delivery);
        await village.Publisher.Publishes("payment-confirmed", siti.OrderId, siti.Payment());

        await Eventually.Is(async () => await village.Reads<long>($"select count(*) from notifications where about = '{siti.OrderId}'") == 2);
        (await States(siti, "delivered")).ShouldBe(["inApp sent"]);
        (await States(siti, "payment-receipt")).ShouldBe(["inApp sent"]);
    }

    [Fact]
    public async Task A_customer_whose_number_is_gone_is_written_an_email_instead()
    {
        var siti = SomebodyWithPhone();
        await Registers(siti);
        await village.Prefers(siti.Id, ["whatsApp"]);
        await village.Publisher.Publishes("customer-changed", siti.Id, new { customerId = siti.Id, name = "Siti", email = siti.Email, locale = "en" });
        await Eventually.Is(async () => await village.Reads<bool>($"select document->>'phone' is null from contacts where customer_id = '{siti.Id}'"));

        await village.Publisher.Publishes("payment-confirmed", siti.OrderId, siti.Payment());

        await Eventually.Is(async () => (await States(siti, "payment-receipt")).SequenceEqual(["email sent"]));
    }

    [Theory]
    [InlineData("""{"channels": []}""", HttpStatusCode.BadRequest, "channels")]
    [InlineData("""{"channels": ["pigeon"]}""", HttpStatusCode.BadRequest, "channels[0]")]
    [InlineData("""{"channels": [null]}""", HttpStatusCode.BadRequest, "channels[0]")]
    [InlineData("""{"channels": ["email","email","email","email"]}""", HttpStatusCode.BadRequest, "channels")]
    [InlineData("""{"channels": ["email"], "muted": ["payment-receipt"]}""", HttpStatusCode.BadRequest, "muted[0]")]
    [InlineData("""{"channels": "email"}""", HttpStatusCode.BadRequest, null)]
    [InlineData("""{"muted": []}""", HttpStatusCode.BadRequest, null)]
    [InlineData("""{"channels": [""", HttpStatusCode.BadRequest, null)]
    [InlineData("""{"channels": ["whatsApp"]}""", HttpStatusCode.UnprocessableEntity, null)]
    public async Task Preferences_that_make_no_sense_are_refused_and_nothing_is_saved(string body, HttpStatusCode status, string? field)
    {
        var nobody = Guid.NewGuid();

        using var answer = await village.SendsAs(nobody, HttpMethod.Put, "/notifications/preferences", new StringContent(body, Encoding.UTF8, "application/json"));

        var problem = await answer.ShouldBeProblem((int)status);
        if (field is not null) problem.Fields().ShouldBe([field]);
        (await village.Reads<long>($"select count(*) from preferences where customer_id = '{nobody}'")).ShouldBe(0);
    }

    [Fact]
    public async Task Bytes_that_are_no_text_and_bodies_without_end_are_refused()
    {
        using var garbage = await village.SendsAs(Guid.NewGuid(), HttpMethod.Put, "/notifications/preferences",
            new ByteArrayContent([.. "{\"channels\":[\""u8, 0xff, 0xfe, .. "\"]}"u8]) { Headers = { { "Content-Type", "application/json" } } });
        garbage.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        using var huge = await village.SendsAs(Guid.NewGuid(), HttpMethod.Put, "/notifications/preferences",
            JsonContent.Create(new { channels = Enumerable.Repeat("email", 300_000) }));
        huge.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        using var nobody = await village.Process.Client.SendAsync(
            new HttpRequestMessage(HttpMethod.Put, "/notifications/preferences") { Content = JsonContent.Create(new { channels = new[] { "email" } }) }.With(null));
        nobody.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public Task The_API_is_what_its_contract_says() => village.Process.ShouldKeepItsContract("notification-service");

    [Fact]
    public async Task Everybody_gets_as_far_as_the_table_says()
    {
        var siti = SomebodyWithPhone();
        await Registers(siti);
        await village.Prefers(siti.Id, ["inApp"]);
        var letter = (await village.ListsTo(siti.Id)).GetProperty("items")[0].GetProperty("id").GetGuid();
        await village.Process.ShouldBeGuarded("notification-service", belongings: new(TestIssuer.Shared.Token(siti.Id, "customer"),
        [
            new("GET /notifications", Mark: $"{letter}"),
            new("POST /notifications/{id}/read", letter),
            new("GET /notifications/preferences", Mark: "[\"inApp\"]"),
            new("PUT /notifications/preferences", Body: new { channels = new[] { "email" } }, Answer: null),
        ]));
        (await village.ListsTo(siti.Id)).GetProperty("items")[0].GetProperty("readAt").ValueKind.ShouldBe(JsonValueKind.Null);
    }

    async Task Registers(Someone customer)
    {
        await village.Publisher.Publishes("customer-registered", customer.Id, customer.Registered);
        await village.Receives(1, customer.Email);
    }

    async Task<IReadOnlyList<string>> States(Someone customer, string kind) =>
        [.. (await village.ListsTo(customer.Id, "")).GetProperty("items").EnumerateArray()
            .Where(item => item.GetProperty("kind").GetString() == kind)
            .Select(item => $"{item.GetProperty("channel")} {item.GetProperty("state")}").Order(StringComparer.Ordinal)];
}

/// <summary>Without credentials of Meta's.</summary>
public sealed class HouseholdTests(SharedService shared) : IClassFixture<SharedService>
{
    [Fact]
    public async Task Without_a_server_WhatsApp_messages_lie_in_the_mailbox()
    {
        var village = shared.Service;
        var siti = new Someone();
        await village.Publisher.Publishes("customer-registered", siti.Id, siti.Registered);
        await village.Receives(1, siti.Email);
        await village.Prefers(siti.Id, ["whatsApp"]);
        await village.Publisher.Publishes("order-confirmed", siti.OrderId, siti.Order());

        await Eventually.Is(() => village.Mailbox($"*order-confirmed-{siti.OrderId}.whatsapp.json").Count == 1);
        (await File.ReadAllTextAsync(village.Mailbox($"*order-confirmed-{siti.OrderId}.whatsapp.json").Single())).ShouldContain("\"to\":\"\\u002B60123456789\"");
    }
}
