using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Kampung.Gateway.Validation;
using Kampung.Testing;

namespace Kampung.Gateway.Tests;

/// <summary>A gateway that asks for tokens, validates requests and has an origin on its list; notification-service is down.</summary>
public sealed class GuardedDoor : IAsyncLifetime
{
    public ServiceProcess Gateway { get; private set; } = null!;
    public Upstream Upstream { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Upstream = await Upstream.StartAsync();
        var environment = Upstream.AsEveryService();
        environment["Services__notification-service__http__0"] = $"http://127.0.0.1:{FreePort.Next()}";
        environment["Gateway__Connections__HeadersTime"] = "00:00:03";
        environment["Gateway__Connections__SlowestRateAfter"] = "00:00:03";
        environment["Gateway__Validation__BodyTime"] = "00:00:06";
        environment["Gateway__Validation__BodyBytes"] = "1000000";
        environment["ReverseProxy__Clusters__kitchen-service__HttpRequest__ActivityTimeout"] = "00:00:03";
        environment["Gateway__Cors__Origins"] = "https://shop.example";
        foreach (var (name, value) in TestIssuer.Shared.Settings) environment[name] = value;
        Gateway = await ServiceProcess.StartAsync("Gateway", environment);
    }

    public async ValueTask DisposeAsync()
    {
        if (Gateway is not null) await Gateway.DisposeAsync();
        if (Upstream is not null) await Upstream.DisposeAsync();
    }
}

[CollectionDefinition(nameof(GuardedDoor))]
public sealed class BehindTheGuardedDoor : ICollectionFixture<GuardedDoor>;

[Collection(nameof(GuardedDoor))]
public sealed class GuardTests(GuardedDoor door)
{
    static readonly Guid Siti = Guid.CreateVersion7();
    static readonly string Order = $$"""{"lines":[{"variantId":"{{Siti}}","quantity":2}],"addressId":"{{Siti}}","paymentToken":"tok_visa"}""";

    readonly string marker = $"{Guid.NewGuid()}";

    public static TheoryData<string, string> BadPasses => new()
    {
        { "none", "" },
        { "expired", $"Bearer {TestIssuer.Shared.Expired(Siti, "customer")}" },
        { "for others", $"Bearer {TestIssuer.Shared.ForOthers(Siti, "customer")}" },
        { "of another issuer", $"Bearer {TestIssuer.Shared.OfAnotherIssuer(Siti, "customer")}" },
        { "unsigned", $"Bearer {TestIssuer.Shared.Unsigned(Siti, "customer")}" },
        { "an ID token", $"Bearer {TestIssuer.Shared.IdToken(Siti, ["customer"])}" },
        { "signed with the public key", $"Bearer {TestIssuer.Shared.SignedWithPublicKey(Siti, "customer")}" },
        { "forged", $"Bearer {TestIssuer.Shared.Forged(Siti, "customer")}" },
        { "no token", "Bearer nonsense" },
        { "too long", $"Bearer {new string('a', 9000)}" },
        { "a password", "Basic c2l0aTpzaXRp" },
    };

    [Theory, MemberData(nameof(BadPasses))]
    public async Task Without_a_good_pass_only_what_is_public_can_be_reached(string what, string authorization)
    {
        using var refused = await Send("GET", "/api/orders", authorization: authorization);
        using var open = await Send("GET", $"/api/products?search={marker}", authorization: authorization);

        refused.StatusCode.ShouldBe(HttpStatusCode.Unauthorized, what);
        refused.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        refused.Headers.WwwAuthenticate.ToString().ShouldStartWith("Bearer");
        open.StatusCode.ShouldBe(HttpStatusCode.OK);
        AskedInside().ShouldHaveSingleItem().Target.ShouldStartWith("/products");
    }

    [Fact]
    public async Task With_a_good_pass_it_goes_in_and_nothing_else_says_who_asks()
    {
        var pass = Pass();
        using var answer = await Send("GET", "/api/orders", authorization: pass, header: ("X-User-Id", $"{Guid.NewGuid()}"));

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var inside = AskedInside().Single();
        inside.Headers["Authorization"].ShouldBe(pass);
        inside.Headers.Keys.ShouldNotContain("X-User-Id");
    }

    [Fact]
    public async Task A_token_of_a_megabyte_is_harmless()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, door.Gateway.BaseAddress.Port);
        var head = Encoding.ASCII.GetBytes($"GET /api/orders HTTP/1.1\r\nHost: shop\r\nX-Marker: {marker}\r\nAuthorization: Bearer {new string('a', 1024 * 1024)}\r\n\r\n");
        try
        {
            await client.GetStream().WriteAsync(head);
            using var reader = new StreamReader(client.GetStream());
            (await reader.ReadLineAsync()).ShouldBeOneOf("HTTP/1.1 431 Request Header Fields Too Large", null);
        }
        catch (IOException)
        {
            // The connection ended before all of it was sent.
        }

        AskedInside().ShouldBeEmpty();
        using var answer = await Send("GET", "/api/orders", authorization: Pass());
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_stream_ends_with_the_token()
    {
        var pass = $"Bearer {TestIssuer.Shared.Token($"{Siti}", ["customer"], life: TimeSpan.FromSeconds(8))}";
        using var request = Request("GET", $"/api/orders/{Siti}/events", authorization: pass, header: ("X-Test", "events"));

        using var answer = await door.Gateway.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());
        (await reader.ReadLineAsync()).ShouldBe("id: 1");

        await Should.ThrowAsync<IOException>(async () => await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(60)));
    }

    [Theory]
    [InlineData("""{"lines":[{"variantId":"$id","quantity":2}],"addressId":"$id"}""", 400, "paymentToken")]
    [InlineData("""{"lines":[{"variantId":"$id"}],"addressId":"$id","paymentToken":"x"}""", 400, "lines[0].quantity")]
    [InlineData("""{"lines":[{"variantId":"satay","quantity":2}],"addressId":"$id","paymentToken":"x"}""", 400, "lines[0].variantId")]
    [InlineData("""{"lines":[{"variantId":"$id","quantity":"2"}],"addressId":"$id","paymentToken":"x"}""", 400, "lines[0].quantity")]
    [InlineData("""{"lines":[{"variantId":"$id","quantity":99999999999}],"addressId":"$id","paymentToken":"x"}""", 400, "lines[0].quantity")]
    [InlineData("""{"lines":null,"addressId":"$id","paymentToken":"x"}""", 400, "lines")]
    [InlineData("""{"lines":[],"addressId":"$id","paymentToken":"x","PAYMENTTOKEN":"y"}""", 400, "PAYMENTTOKEN")]
    [InlineData("""{"lines":[],"addressId":"$id","paymentToken":"x","flow":"sideways"}""", 400, "flow")]
    [InlineData("""{"lines":[],"addressId":"$id","paymentToken":"\ud800"}""", 400, "paymentToken")]
    [InlineData("""{"lines":[],"addressId":"$id","paymentToken":"x"} trailing""", 400, null)]
    [InlineData("""{"lines":[]""", 400, null)]
    [InlineData("[]", 400, null)]
    [InlineData("", 400, null)]
    public async Task A_body_that_the_service_does_not_understand_does_not_go_inside(string body, int status, string? field)
    {
        foreach (var path in new[] { "/api/orders", "/api/checkout" })
        {
            using var answer = await Send("POST", path, Json(body.Replace("$id", $"{Siti}", StringComparison.Ordinal)), Pass());

            ((int)answer.StatusCode).ShouldBe(status);
            var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
            if (field is not null) problem.GetProperty("errors").EnumerateObject().Select(error => error.Name).ShouldBe([field]);
            AskedInside().ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task What_is_too_deep_of_another_kind_or_asks_for_the_impossible_is_refused_too()
    {
        using var deep = await Send("POST", "/api/orders", Json($$"""{"lines":{{new string('[', 10_000)}}"""), Pass());
        using var form = await Send("POST", "/api/orders", new StringContent("a=b", null, "application/x-www-form-urlencoded"), Pass());
        using var bare = await Send("POST", "/api/orders", new ByteArrayContent("{}"u8.ToArray()), Pass());
        using var limit = await Send("GET", "/api/orders?limit=1000", authorization: Pass());
        using var price = await Send("GET", "/api/products?minPrice=cheap");

        deep.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        form.StatusCode.ShouldBe(HttpStatusCode.UnsupportedMediaType);
        bare.StatusCode.ShouldBe(HttpStatusCode.UnsupportedMediaType);
        limit.StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await price.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("errors").TryGetProperty("minPrice", out _).ShouldBeTrue();
        AskedInside().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_good_body_goes_inside_byte_by_byte()
    {
        using var answer = await Send("POST", "/api/orders", Json(Order), Pass());

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        AskedInside().Single().BodyBytes.ShouldBe(Order.Length);
    }

    [Fact]
    public async Task A_body_that_comes_steadily_for_too_long_is_not_waited_for()
    {
        using var client = await Ordering(announced: 1_000_000);
        var answer = new byte[4000];
        var read = client.GetStream().ReadAsync(answer).AsTask();
        // Ten times as quickly as the slowest rate, until there is an answer.
        for (var i = 0; i < 600 && await Task.WhenAny(read, Task.Delay(100)) != read; i++) await client.GetStream().WriteAsync(new byte[240]);

        var text = Encoding.ASCII.GetString(answer, 0, await read.WaitAsync(TimeSpan.FromSeconds(1)));
        text.ShouldStartWith("HTTP/1.1 408");
        text.ShouldContain("did not arrive within 6 s");
        AskedInside().ShouldBeEmpty();
    }

    [Fact]
    public async Task Bodies_that_are_held_have_a_room_of_their_own_and_no_more()
    {
        using (var alone = await Half()) alone.StatusCode.ShouldBe(HttpStatusCode.OK);

        // Each lasts for its time at most: on a slow machine it may be over before the other one comes.
        await Eventually.Passes(async () =>
        {
            using var holding = await Ordering(announced: 1_000_000);
            await holding.GetStream().WriteAsync(new byte[600_000]);
            await Eventually.Is(async () =>
            {
                using var refused = await Half();
                if (refused.StatusCode != HttpStatusCode.ServiceUnavailable) return false;
                refused.Headers.RetryAfter.ShouldNotBeNull();
                return true;
            }, within: TimeSpan.FromSeconds(5));
        });

        await Eventually.Is(async () => (await Half()).StatusCode == HttpStatusCode.OK);

        Task<HttpResponseMessage> Half() => Send("POST", "/api/orders", Json(new string(' ', 600_000) + Order), Pass());
    }

    [Fact]
    public async Task Who_does_not_take_the_answer_is_not_waited_for()
    {
        using var client = new TcpClient { ReceiveBufferSize = 4096 };
        await client.ConnectAsync(IPAddress.Loopback, door.Gateway.BaseAddress.Port);
        var left = door.Upstream.Left;

        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET /api/kitchen/tickets HTTP/1.1\r\nHost: shop\r\nX-Test: endless\r\nAuthorization: {Pass()}\r\n\r\n"));

        await Eventually.Is(() => door.Upstream.Left > left);
    }

    /// <summary>A connection on which an order has begun.</summary>
    async Task<TcpClient> Ordering(int announced)
    {
        var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, door.Gateway.BaseAddress.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /api/orders HTTP/1.1\r\nHost: shop\r\nX-Marker: {marker}\r\nAuthorization: {Pass()}\r\nContent-Type: application/json\r\nContent-Length: {announced}\r\n\r\n"));
        return client;
    }

    [Fact]
    public void Every_contract_can_be_read_and_every_body_of_it_is_held_against_its_schema()
    {
        string[] services = ["customer-service", "product-service", "order-service", "payment-service", "kitchen-service", "delivery-service", "notification-service"];
        foreach (var service in services)
            Contracts.Read(service).Values.Where(operation => operation.NeedsBody).ShouldAllBe(operation => operation.Bodies.Count > 0);
        new Contracts().Find("order-service", "POST", "/orders")!.Bodies["application/json"].Required.ShouldContain("lines");
        new Contracts().Find("product-service", "PUT", "/products/{id:guid}").ShouldNotBeNull();
    }

    [Fact]
    public async Task A_checkout_is_an_order_and_its_payment_in_one_trip()
    {
        door.Upstream.Answers["/orders"] = $$"""{"id":"{{Siti}}","status":"confirmed"}""";
        door.Upstream.Answers[$"/payments?orderId={Siti}"] = """{"items":[{"status":"succeeded","amount":12.50}],"next":null}""";

        using var answer = await Send("POST", "/api/checkout", Json(Order), Pass(), ("Idempotency-Key", "key 1"));

        var checkout = await answer.Content.ReadFromJsonAsync<JsonElement>();
        checkout.GetProperty("order").GetProperty("status").GetString().ShouldBe("confirmed");
        checkout.GetProperty("payment").GetRawText().ShouldBe("""{"status":"succeeded","amount":12.50}""");
        checkout.GetProperty("missing").GetArrayLength().ShouldBe(0);
        var inside = AskedInside().Single();
        (inside.Method, inside.Target, inside.Headers["Idempotency-Key"], inside.Headers["Prefer"]).ShouldBe(("POST", "/orders", "key 1", "wait=10"));

        using var refused = await Send("POST", "/api/checkout", Json(Order), Pass(), ("X-Test", "409"));
        refused.StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await refused.Content.ReadAsStringAsync()).ShouldContain("its-own");
    }

    [Fact]
    public async Task Home_is_put_together_from_what_answers_and_says_what_does_not()
    {
        door.Upstream.Answers["/products?limit=24"] = """{"items":[{"id":"1","stall":"Mak Cik"},{"id":"2","stall":"Ah Seng"},{"id":"3","stall":"Mak Cik"}],"next":null}""";
        door.Upstream.Answers["/orders?limit=20"] = """{"items":[{"id":"1","status":"confirmed"},{"id":"2","status":"completed"}],"next":null}""";

        using var stranger = await Send("GET", "/api/home");
        using var siti = await Send("GET", "/api/home", authorization: Pass());

        var shown = await stranger.Content.ReadFromJsonAsync<JsonElement>();
        shown.GetProperty("stalls").EnumerateArray().Select(stall => stall.GetString()).ShouldBe(["Ah Seng", "Mak Cik"]);
        shown.GetProperty("products").GetArrayLength().ShouldBe(3);
        shown.GetProperty("orders").ValueKind.ShouldBe(JsonValueKind.Null);
        shown.GetProperty("missing").GetArrayLength().ShouldBe(0);
        var mine = await siti.Content.ReadFromJsonAsync<JsonElement>();
        mine.GetProperty("orders").EnumerateArray().Single().GetProperty("id").GetString().ShouldBe("1");
        mine.GetProperty("unreadNotifications").ValueKind.ShouldBe(JsonValueKind.Null);
        mine.GetProperty("missing").EnumerateArray().Single().GetString().ShouldBe("notifications");
    }

    [Fact]
    public async Task Only_pages_of_origins_on_the_list_may_read_answers_and_every_answer_is_careful()
    {
        using var listed = await Preflight("https://shop.example");
        using var other = await Preflight("https://evil.example");
        using var missing = await Send("GET", "/api/nothing", header: ("Origin", "https://shop.example"));

        listed.Headers.GetValues("Access-Control-Allow-Origin").Single().ShouldBe("https://shop.example");
        other.Headers.Contains("Access-Control-Allow-Origin").ShouldBeFalse();
        AskedInside().ShouldBeEmpty();
        missing.Headers.GetValues("Access-Control-Allow-Origin").Single().ShouldBe("https://shop.example");
        missing.Headers.GetValues("X-Content-Type-Options").Single().ShouldBe("nosniff");
        missing.Headers.GetValues("Content-Security-Policy").Single().ShouldBe("default-src 'none'; frame-ancestors 'none'");
        missing.Headers.Contains("Server").ShouldBeFalse();

        Task<HttpResponseMessage> Preflight(string origin)
        {
            var request = Request("OPTIONS", "/api/orders", header: ("Origin", origin));
            request.Headers.Add("Access-Control-Request-Method", "POST");
            return door.Gateway.Client.SendAsync(request);
        }
    }

    static string Pass() => $"Bearer {TestIssuer.Shared.Token(Siti, "customer")}";

    static StringContent Json(string body) => new(body, new MediaTypeHeaderValue("application/json"));

    async Task<HttpResponseMessage> Send(string method, string path, HttpContent? content = null, string authorization = "", (string Name, string Value) header = default)
    {
        using var request = Request(method, path, content, authorization, header);
        return await door.Gateway.Client.SendAsync(request);
    }

    HttpRequestMessage Request(string method, string path, HttpContent? content = null, string authorization = "", (string Name, string Value) header = default)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = content, Headers = { { "X-Marker", marker } } };
        if (authorization.Length > 0) request.Headers.TryAddWithoutValidation("Authorization", authorization);
        if (header.Name is not null) request.Headers.TryAddWithoutValidation(header.Name, header.Value);
        return request;
    }

    List<Asked> AskedInside() => [.. door.Upstream.Asked.Where(asked => asked.Headers.GetValueOrDefault("X-Marker") == marker)];
}
