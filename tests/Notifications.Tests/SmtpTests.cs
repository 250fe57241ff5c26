using System.Net;
using System.Text.Json;
using Kampung.Testing;

namespace Kampung.Notifications.Tests;

/// <summary>A notification-service that sends to a mail server which fails on demand.</summary>
public sealed class SmtpVillage(TestPostgres postgres) : IAsyncLifetime
{
    public SmtpServer Server { get; } = new();
    public ZipkinListener Zipkin { get; } = new();
    public NotificationService Service { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Service = await NotificationService.StartAsync(postgres, new()
    {
        ["Smtp__Host"] = "127.0.0.1",
        ["Smtp__Port"] = $"{Server.Port}",
        ["Smtp__Security"] = "None",
        ["Sending__MaxAttempts"] = "3",
        ["Tracing__Zipkin__Endpoint"] = $"{Zipkin.Endpoint}",
        ["Tracing__ExportDelay"] = "00:00:00.100",
    });

    public async ValueTask DisposeAsync()
    {
        if (Service is not null) await Service.DisposeAsync();
        Server.Dispose();
        Zipkin.Dispose();
    }
}

/// <summary>Sending over SMTP, to a server that does not always behave, and with processes that die.</summary>
public sealed class SmtpTests(SmtpVillage smtp) : IClassFixture<SmtpVillage>
{
    readonly SmtpServer server = smtp.Server;
    readonly ZipkinListener zipkin = smtp.Zipkin;
    readonly NotificationService village = smtp.Service;

    [Fact]
    public async Task Mail_is_sent_once_whatever_the_server_does_and_given_up_when_it_never_will()
    {
        var (plain, later, cut, refused, never) = (new Someone("Žofie 🍲"), new Someone(), new Someone(), new Someone(), new Someone());
        server.Treats(later.Email, Treatment.FailForNow, Treatment.FailForNow);
        server.Treats(cut.Email, Treatment.CutAfterData);
        server.Treats(refused.Email, Treatment.Refuse);
        server.Treats(never.Email, [.. Enumerable.Repeat(Treatment.FailForNow, 9)]);

        foreach (var customer in new[] { plain, later, cut, refused, never })
            await village.Publisher.Publishes("customer-registered", customer.Id, customer.Registered);

        await Eventually.Is(async () => await StateOf(plain) == "sent" && await StateOf(later) == "sent" && await StateOf(cut) == "sent"
            && await StateOf(refused) == "failed" && await StateOf(never) == "failed");
        var message = server.For(plain.Email).ShouldHaveSingleItem();
        message.Subject.ShouldBe("Welcome to Kampung, Žofie 🍲");
        message.To.Mailboxes.Single().Name.ShouldBe("Žofie 🍲");
        message.TextBody!.ShouldContain("Hello Žofie 🍲,");
        message.HtmlBody!.ShouldContain("<p>Hello");
        server.For(later.Email).Count.ShouldBe(3);
        // The server has it and did not say so: it is sent again, as the same message.
        server.For(cut.Email).Select(copy => copy.MessageId).ShouldBe([Someone.MessageId("welcome", cut.Id), Someone.MessageId("welcome", cut.Id)]);
        server.For(refused.Email).Count.ShouldBe(1);
        server.For(never.Email).Count.ShouldBe(3);
        (await village.Reads<string>($"select document->>'error' from notifications where about = '{never.Id}' and channel = 'email'")).ShouldContain("try again later");
        await Eventually.Is(() => village.Process.Logs.Any(line => line.Contains("Gave up", StringComparison.Ordinal) && line.Contains($"{never.Id}", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Two_instances_send_each_message_once_and_a_killed_one_loses_none()
    {
        await using var second = await village.StartInstanceAsync();
        var hung = new Someone();
        server.Treats(hung.Email, Treatment.Hang, Treatment.Hang, Treatment.Hang);
        await village.Publisher.Publishes("customer-registered", hung.Id, hung.Registered);
        await Eventually.Is(() => server.For(hung.Email).Count == 1);

        // One instance is stuck with the hung message; the other sends the rest. Then both die and one comes back.
        var others = Enumerable.Range(0, 30).Select(_ => new Someone()).ToList();
        foreach (var other in others)
            await village.Publisher.Publishes("customer-registered", other.Id, other.Registered);
        await Eventually.Is(() => others.All(other => server.For(other.Email).Count > 0));
        // A message that has arrived and is not noted yet would be sent again.
        await Eventually.Is(async () => await village.Reads<long>(
            $"select count(*) from notifications where state = 'pending' and about in ({string.Join(", ", others.Select(other => $"'{other.Id}'"))})") == 0);
        await second.KillAsync();
        await village.Process.KillAsync();
        (await village.Reads<string>($"select state from notifications where about = '{hung.Id}' and channel = 'email'")).ShouldBe("pending");
        server.Treats(hung.Email);
        await village.Process.StartAgainAsync();

        await Eventually.Is(async () => await StateOf(hung) == "sent");
        server.For(hung.Email).Select(copy => copy.MessageId).Distinct().ShouldHaveSingleItem();
        others.ShouldAllBe(other => server.For(other.Email).Count == 1);
    }

    [Fact]
    public async Task Hearing_of_an_event_and_mailing_about_it_are_part_of_its_trace()
    {
        var siti = new Someone();
        var trace = Guid.NewGuid().ToString("N");
        await village.Publisher.Publishes("customer-registered", siti.Id, siti.Registered, traceparent: $"00-{trace}-00f067aa0ba902b7-01");

        await Eventually.Is(() => zipkin.Spans(trace).Any(span => Name(span) == "send welcome"));

        var spans = zipkin.Spans(trace);
        var sending = spans.Single(span => Name(span) == "send welcome");
        var hearing = spans.Single(span => span.GetProperty("id").GetString() == sending.GetProperty("parentId").GetString());
        hearing.GetProperty("kind").GetString().ShouldBe("CONSUMER");
        hearing.GetProperty("parentId").GetString().ShouldBe("00f067aa0ba902b7");
        sending.GetProperty("localEndpoint").GetProperty("serviceName").GetString().ShouldBe("notification-service");
    }

    static string? Name(JsonElement span) => span.TryGetProperty("name", out var name) ? name.GetString() : null;

    async Task<string?> StateOf(Someone customer) =>
        (await village.ListsTo(customer.Id)).GetProperty("items").EnumerateArray().Single().GetProperty("state").GetString();
}

/// <summary>Takes spans in Zipkin's v2 JSON.</summary>
public sealed class ZipkinListener : IDisposable
{
    readonly HttpListener listener = new();
    readonly List<JsonElement> spans = [];

    public ZipkinListener()
    {
        Endpoint = new Uri($"http://127.0.0.1:{FreePort.Next()}/api/v2/spans");
        listener.Prefixes.Add($"{Endpoint}/");
        listener.Start();
        _ = TakeAsync();
    }

    public Uri Endpoint { get; }

    public IReadOnlyList<JsonElement> Spans(string traceId)
    {
        lock (spans) return [.. spans.Where(span => span.GetProperty("traceId").GetString() == traceId)];
    }

    async Task TakeAsync()
    {
        try
        {
            while (true)
            {
                var context = await listener.GetContextAsync();
                var received = await JsonSerializer.DeserializeAsync<JsonElement[]>(context.Request.InputStream);
                lock (spans) spans.AddRange(received!);
                context.Response.StatusCode = 202;
                context.Response.Close();
            }
        }
        catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
        {
            // the test is over
        }
    }

    public void Dispose() => listener.Close();
}
