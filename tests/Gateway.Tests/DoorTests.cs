using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Kampung.Gateway.Validation;
using Kampung.Testing;

namespace Kampung.Gateway.Tests;

/// <summary>
/// A gateway with its built-in routes; every service is one upstream, but for payment-service, which is down, customer-service, which must be quick, and
/// kitchen-service and delivery-service, which have two instances. 127.4.0.0/16 are proxies that it trusts.
/// </summary>
public sealed class Door : IAsyncLifetime
{
    public ServiceProcess Gateway { get; private set; } = null!;
    public Upstream Upstream { get; private set; } = null!;
    public Upstream SecondKitchen { get; private set; } = null!;
    public Upstream SecondDelivery { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Upstream = await Upstream.StartAsync();
        SecondKitchen = await Upstream.StartAsync();
        SecondDelivery = await Upstream.StartAsync();
        Gateway = await ServiceProcess.StartAsync("Gateway", new(Upstream.AsEveryService())
        {
            ["Services__payment-service__http__0"] = $"http://127.0.0.1:{FreePort.Next()}",
            ["Services__kitchen-service__http__1"] = SecondKitchen.Address,
            ["Services__delivery-service__http__1"] = SecondDelivery.Address,
            ["Gateway__TrustedProxies"] = "127.4.0.0/16 10.1.2.3",
            ["Gateway__Cache__Enabled"] = "false",
            ["Gateway__Validation__Enabled"] = "false",
            ["ReverseProxy__Clusters__customer-service__HttpRequest__ActivityTimeout"] = "00:00:01",
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (Gateway is not null) await Gateway.DisposeAsync();
        if (Upstream is not null) await Upstream.DisposeAsync();
        if (SecondKitchen is not null) await SecondKitchen.DisposeAsync();
        if (SecondDelivery is not null) await SecondDelivery.DisposeAsync();
    }
}

/// <summary>What passes the door, how it looks inside, and what is said when it cannot pass.</summary>
public sealed class DoorTests(Door door) : IClassFixture<Door>
{
    static readonly Guid Id = Guid.CreateVersion7();

    readonly HttpClient outside = door.Gateway.Client;

    public static TheoryData<string, string> Inside => new()
    {
        { "POST", "/api/products/quote" }, { "POST", "/api/products/quote/" }, { "POST", "/API/Products/QUOTE" }, { "POST", "/api/products/%71uote" },
        { "GET", "/api/products/quote" }, { "POST", "/api/products/import/../quote" }, { "POST", "/api/products/x%2f..%2fquote" },
        { "POST", "/api/payments" }, { "POST", "/api/payments/" }, { "POST", "/api//payments" }, { "POST", "//api/payments" }, { "POST", "/api/PAYMENTS" },
        { "POST", "/api/products/../payments" }, { "POST", "/api/products/%2e%2e/payments" }, { "POST", "/api/products/..%2fpayments" }, { "POST", "/api/./payments" },
        { "POST", $"/api/payments/{Id}/refund" }, { "POST", "/api/payments/cancel" }, { "GET", $"/api/payments/{Id}" },
        { "POST", $"/api/orders/{Id}/../../payments" }, { "POST", $"/api/orders/{Id}%2f..%2f..%2fpayments" }, { "POST", $"/api/orders/..%252fpayments/cancel" },
        { "DELETE", "/api/customers" }, { "GET", $"/api/customers/{Id}%2f..%2f" }, { "GET", $"/api/orders/{Id}/status" },
        { "GET", "/api/dead-letters" }, { "POST", $"/api/dead-letters/{Id}/replay" }, { "GET", "/api/orders/../dead-letters" }, { "GET", "/api/outbox" },
        { "GET", "/api/orders/dead-letters" }, { "GET", "/api/orders/..%2fdead-letters" }, { "GET", "/api/orders/%2e%2e%2fdead-letters" }, { "GET", "/api/orders/..%5cdead-letters" },
        { "GET", "/api/metrics" }, { "GET", "/api/health/ready" }, { "GET", "/api/openapi/v1.json" }, { "GET", "/api/products/..;/metrics" },
        { "GET", "/api/products/pictures/..%2f..%2fmetrics" }, { "GET", "/api/products/pictures/../../metrics" }, { "GET", "/api/products/pictures/%2e%2e%2f.svg" },
        { "GET", "/api/products/pictures/..%252f..%252fmetrics.svg" }, { "GET", "/api/products/pictures/a.svg/../../../dead-letters" }, { "GET", "/api/products/pictures/a.svg%00" },
        { "GET", "/products" }, { "GET", "/orders" }, { "POST", "/payments" }, { "GET", "/dead-letters" }, { "GET", "/apiproducts" }, { "GET", "/api" },
        { "GET", "http://payment-service/payments" }, { "POST", "http://127.0.0.1/payments" }, { "DELETE", "/api/orders" }, { "TRACE", "/api/products" }, { "CONNECT", "payment-service:80" },
        { "PATCH", $"/api/products/{Id}" }, { "HEAD", "/api/dead-letters" }, { "POST", $"/api/orders/{Id}" }, { "GET", $"/api/orders/{Id}/cancel" }, { "QUOTE", "/api/products" },
    };

    [Theory, MemberData(nameof(Inside))]
    public async Task Nothing_that_is_not_on_the_list_gets_inside(string method, string target)
    {
        var marker = $"{Guid.NewGuid()}";

        var status = await SendRaw($"{method} {target} HTTP/1.1\r\nHost: shop\r\nX-Marker: {marker}\r\nX-HTTP-Method-Override: GET\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");

        status.ShouldBeOneOf(400, 404, 405);
        door.Upstream.Asked.ShouldNotContain(asked => asked.Headers.GetValueOrDefault("X-Marker") == marker);
    }

    // Ways to write a {path} inside, or the {rest} after its first slash, that a careless door takes for one of its own.
    static readonly string[] Disguises =
    [
        "/api{path}", "{path}", "/api{path}/", "/api/{path}", "//api{path}", "/api//{rest}", "/API/{rest}?x=1", "/api{path};x=1", "/api;x=1{path}",
        "/api{path}%00", "/api{path}%20", "/api{path}.json", "/api%2f{rest}", "/api/%2e/{rest}", "/api%5c{rest}", "/api/products/..{path}",
        "/api/products/%2e%2e{path}", "/api/products/..%2f{rest}", "/api/products/..%252f{rest}", "/api/products/%252e%252e/{rest}",
        "/api/products/..%5c{rest}", "/api/products/..\\{rest}", "/api/products/..;{path}", "/api/products/..%c0%af{rest}",
        "/api/products/%c0%ae%c0%ae{path}", "/api/products/%u002e%u002e{path}", "/api/products/%ef%bc%8e%ef%bc%8e{path}",
        "/api/products/.%00./{rest}", "/api/products/....//{rest}", "/api/products/pictures/..%2f..%2f{rest}",
        "/api/products/pictures/..%2f..%2f{rest}%2f.svg", "/api/orders/{id}/../..{path}", "/api/orders/{id}%2f..%2f..%2f{rest}",
        "/api/orders/{id}%2f..%2f..{path}", "/api/orders/..%2f..{path}/cancel", "/identity/..{path}", "/identity/..%2f{rest}",
        "/identity/.well-known/..%2f..%2f{rest}", "/identity{path}", "http://payment-service{path}", "http://shop/api/../{rest}", "*{path}",
    ];

    [Fact]
    public async Task No_operation_that_is_not_on_the_list_is_reached_under_any_disguise()
    {
        var index = await outside.GetFromJsonAsync<JsonElement>("/");
        var listed = (from resource in index.GetProperty("resources").EnumerateArray()
                      from method in resource.GetProperty("methods").EnumerateArray()
                      select (method.GetString()!, Contracts.Shape(OutsideWorld.InDocument(resource.GetProperty("path").GetString()!)))).ToHashSet();
        string[] services = ["customer", "product", "inventory", "order", "payment", "kitchen", "delivery", "notification", "identity"];
        // The route's constraint says what the document says in the path.
        listed.Add(("GET", "/products/pictures/{}.svg"));
        var hidden = services.SelectMany(service => Contracts.Read($"{service}-service").Keys).Except(listed).ToList();
        string[] some = ["/reservations", "/products/quote", "/payments", "/kitchen/tickets", "/deliveries", "/dead-letters/{}/replay"];
        some.Select(path => ("POST", path)).Except(hidden).ShouldBeEmpty();
        var marker = $"{Guid.NewGuid()}";

        var attempts = from operation in hidden from disguise in Disguises select (operation, disguise);
        await Parallel.ForEachAsync(attempts, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (attempt, _) =>
        {
            var ((method, shape), disguise) = attempt;
            var path = shape.Replace("{}", $"{Id}", StringComparison.Ordinal);
            var target = disguise.Replace("{id}", $"{Id}", StringComparison.Ordinal).Replace("{path}", path, StringComparison.Ordinal)
                .Replace("{rest}", path[1..], StringComparison.Ordinal);
            var status = await SendRaw($"{method} {target} HTTP/1.1\r\nHost: shop\r\nX-Marker: {marker}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            status.ShouldBeInRange(400, 499, $"{method} {target}");
        });

        door.Upstream.Asked.Where(asked => asked.Headers.GetValueOrDefault("X-Marker") == marker).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("POST", "/api/customers", "/customers")]
    [InlineData("GET", "/api/customers?limit=3", "/customers?limit=3")]
    [InlineData("GET", "/api/customers/me", "/customers/me")]
    [InlineData("GET", "/API/Customers/Me", "/Customers/Me")]
    [InlineData("PUT", "/api/customers/me", "/customers/me")]
    [InlineData("DELETE", "/api/customers/me", "/customers/me")]
    [InlineData("GET", "/api/customers/0193a2b4-0000-7000-8000-00000000abcd", "/customers/0193a2b4-0000-7000-8000-00000000abcd")]
    [InlineData("GET", "/api/products?search=satay%20ayam&limit=3", "/products?search=satay%20ayam&limit=3")]
    [InlineData("GET", "/api/products/facets", "/products/facets")]
    [InlineData("GET", "/api/products/0193a2b4-0000-7000-8000-00000000abcd", "/products/0193a2b4-0000-7000-8000-00000000abcd")]
    [InlineData("GET", "/api/products/pictures/satay-1.svg", "/products/pictures/satay-1.svg")]
    [InlineData("POST", "/api/products", "/products")]
    [InlineData("PUT", "/api/products/0193a2b4-0000-7000-8000-00000000abcd", "/products/0193a2b4-0000-7000-8000-00000000abcd")]
    [InlineData("DELETE", "/api/products/0193a2b4-0000-7000-8000-00000000abcd", "/products/0193a2b4-0000-7000-8000-00000000abcd")]
    [InlineData("POST", "/api/products/import", "/products/import")]
    [InlineData("POST", "/api/orders", "/orders")]
    [InlineData("GET", "/api/orders", "/orders")]
    [InlineData("GET", "/api/orders/0193a2b4-0000-7000-8000-00000000abcd", "/orders/0193a2b4-0000-7000-8000-00000000abcd")]
    [InlineData("GET", "/api/orders/0193a2b4-0000-7000-8000-00000000abcd/events", "/orders/0193a2b4-0000-7000-8000-00000000abcd/events")]
    [InlineData("POST", "/api/orders/0193a2b4-0000-7000-8000-00000000abcd/cancel", "/orders/0193a2b4-0000-7000-8000-00000000abcd/cancel")]
    [InlineData("POST", "/api/deliveries/0193a2b4-0000-7000-8000-00000000abcd/failed", "/deliveries/0193a2b4-0000-7000-8000-00000000abcd/failed")]
    [InlineData("POST", "/api/riders", "/riders")]
    [InlineData("GET", "/api/notifications?cursor=abc", "/notifications?cursor=abc")]
    public async Task What_is_on_the_list_passes_without_the_prefix(string method, string path, string inside)
    {
        var marker = $"{Guid.NewGuid()}";
        using var request = new HttpRequestMessage(new HttpMethod(method), path) { Headers = { { "X-Marker", marker } } };

        using var answer = await outside.SendAsync(request);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await answer.Content.ReadAsStringAsync()).ShouldBe("answered");
        var asked = AskedFor(marker);
        asked.Method.ShouldBe(method);
        asked.Target.ShouldBe(inside);
    }

    [Fact]
    public async Task Only_the_gateway_says_where_a_request_comes_from()
    {
        var marker = $"{Guid.NewGuid()}";

        var status = await SendRaw($"""
            GET /api/products HTTP/1.1
            Host: shop.example
            X-Marker: {marker}
            X-Forwarded-For: 6.6.6.6
            x-forwarded-host: evil.example
            X-Forwarded-Proto: https
            X-Forwarded-Prefix: /evil
            X-Forwarded-Server: evil
            X-Original-URL: /payments
            X-Rewrite-URL: /payments
            X-HTTP-Method-Override: POST
            X-Method-Override: POST
            X-User-Id: operator
            X-Real-IP: 6.6.6.6
            X_User_Id: operator
            X-Remote-User: operator
            Remote-User: operator
            X-Auth-Request-User: operator
            True-Client-IP: 6.6.6.6
            Forwarded: for=6.6.6.6
            X-Hop: ends here
            Keep-Alive: timeout=1
            Proxy-Authorization: Basic Zm9v
            TE: gzip
            Connection: X-Hop


            """.ReplaceLineEndings("\r\n"));

        status.ShouldBe(200);
        var headers = AskedFor(marker).Headers;
        headers["X-Forwarded-For"].ShouldBe("127.0.0.1");
        headers["X-Forwarded-Host"].ShouldBe("shop.example");
        headers["X-Forwarded-Proto"].ShouldBe("http");
        headers["X-Forwarded-Prefix"].ShouldBe("/api");
        headers.Keys.Intersect(
            [
                "X-Forwarded-Server", "X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method-Override", "X-Method-Override", "X-User-Id", "X-Real-IP", "Forwarded",
                "X_User_Id", "X-Remote-User", "Remote-User", "X-Auth-Request-User", "True-Client-IP",
                "X-Hop", "Keep-Alive", "Proxy-Authorization", "TE", "Connection",
            ], StringComparer.OrdinalIgnoreCase).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("127.4.0.1", "1.2.3.4", "1.2.3.4", "shop.example", "https")]
    [InlineData("127.4.0.1", "6.6.6.6, 1.2.3.4, 10.1.2.3", "1.2.3.4", "shop.example", "https")]
    [InlineData("127.4.0.1", "6.6.6.6, nonsense, 10.1.2.3", "10.1.2.3", "shop.example", "https")]
    [InlineData("127.4.0.1", "2001:db8::7", "2001:db8::7", "shop.example", "https")]
    [InlineData("127.5.0.1", "1.2.3.4", "127.5.0.1", "inside", "http")]
    public async Task Only_a_trusted_proxy_is_believed(string proxy, string forwarded, string client, string host, string scheme)
    {
        var marker = $"{Guid.NewGuid()}";
        using var http = LimitTests.From(proxy, outside.BaseAddress!);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/products?token=secret")
        {
            Headers = { { "X-Marker", marker }, { "X-Forwarded-For", forwarded }, { "X-Forwarded-Host", "evil/x, shop.example" }, { "X-Forwarded-Proto", "https" } },
        };
        request.Headers.Host = "inside";

        using var answer = await http.SendAsync(request);

        var headers = AskedFor(marker).Headers;
        (headers["X-Forwarded-For"], headers["X-Forwarded-Host"], headers["X-Forwarded-Proto"]).ShouldBe((client, host, scheme));
        answer.Headers.Contains("Strict-Transport-Security").ShouldBe(scheme == "https");
        var trace = ActivityContext.Parse(headers["traceparent"], null).TraceId.ToString();
        await Eventually.Is(() => door.Gateway.Logs.Any(line => line.Contains(trace, StringComparison.Ordinal)));
        var line = JsonDocument.Parse(door.Gateway.Logs.Single(line => line.Contains(trace, StringComparison.Ordinal))).RootElement;
        line.GetProperty("Client").GetString().ShouldBe(client);
        (line.GetProperty("@tr").GetString(), line.GetProperty("Method").GetString(), line.GetProperty("Path").GetString()).ShouldBe((trace, "GET", "/api/products"));
        (line.GetProperty("StatusCode").GetInt32(), line.GetProperty("service").GetString()).ShouldBe((200, "gateway"));
        line.GetProperty("Elapsed").GetDouble().ShouldBeGreaterThan(0);
        door.Gateway.Logs.ShouldNotContain(line => line.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_instance_that_says_it_is_not_ready_is_not_asked_until_it_is()
    {
        await Eventually.Is(async () => await AsksSecond());
        door.SecondKitchen.IsReady = false;
        await Eventually.Is(async () => !await AsksSecond());
        door.SecondKitchen.IsReady = true;
        await Eventually.Is(async () => await AsksSecond());

        // Of thirty requests one half, about, go to each instance that is in the balance.
        async Task<bool> AsksSecond()
        {
            var before = door.SecondKitchen.Asked.Count;
            for (var i = 0; i < 30; i++) (await outside.GetAsync("/api/kitchen/tickets")).StatusCode.ShouldBe(HttpStatusCode.OK);
            return door.SecondKitchen.Asked.Count > before;
        }
    }

    [Fact]
    public async Task Of_lost_answers_only_those_to_readers_are_asked_for_again_and_elsewhere()
    {
        door.SecondDelivery.Cuts = true;
        try
        {
            // Each goes to one of the two; some time one goes to the instance that breaks off, with its body and without.
            foreach (var body in new[] { """{"note":"mind the dog"}""", "" })
            {
                var lost = await UntilLost(body, HttpMethod.Post, $"/api/deliveries/{Id}/picked-up");
                lost.Status.ShouldBe(HttpStatusCode.BadGateway);
                (Times(door.SecondDelivery, lost.Marker), Times(door.Upstream, lost.Marker)).ShouldBe((1, 0));
            }
            var read = await UntilLost("", HttpMethod.Get, "/api/deliveries");
            read.Status.ShouldBe(HttpStatusCode.OK);
            (Times(door.SecondDelivery, read.Marker), Times(door.Upstream, read.Marker)).ShouldBe((1, 1));
        }
        finally
        {
            door.SecondDelivery.Cuts = false;
        }

        async Task<(string Marker, HttpStatusCode Status)> UntilLost(string body, HttpMethod method, string path)
        {
            var lost = (Marker: "", Status: HttpStatusCode.Unused);
            await Eventually.Is(async () =>
            {
                lost.Marker = $"{Guid.NewGuid()}";
                using var request = new HttpRequestMessage(method, path) { Headers = { { "X-Marker", lost.Marker } } };
                if (body.Length > 0) request.Content = new StringContent(body);
                using var answer = await outside.SendAsync(request);
                lost.Status = answer.StatusCode;
                return Times(door.SecondDelivery, lost.Marker) > 0;
            });
            return lost;
        }

        static int Times(Upstream instance, string marker) => instance.Asked.Count(asked => asked.Headers.GetValueOrDefault("X-Marker") == marker);
    }

    [Fact]
    public async Task A_checkout_whose_payment_nobody_can_tell_says_so_and_the_order_stands()
    {
        var order = Guid.CreateVersion7();
        door.Upstream.Answers[$"/orders?for={order}"] = $$"""{"id":"{{order}}","status":"confirmed"}""";

        using var answer = await outside.PostAsync($"/api/checkout?for={order}", new StringContent("{}"));

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        var checkout = await answer.Content.ReadFromJsonAsync<JsonElement>();
        checkout.GetProperty("order").GetProperty("id").GetGuid().ShouldBe(order);
        checkout.GetProperty("payment").ValueKind.ShouldBe(JsonValueKind.Null);
        checkout.GetProperty("missing").EnumerateArray().Select(part => part.GetString()).ShouldBe(["payment"]);
    }

    [Fact]
    public async Task An_answer_comes_out_without_hop_by_hop_headers_and_with_an_outside_location()
    {
        using var answer = await outside.GetAsync("/api/products");

        answer.Headers.Location!.ToString().ShouldBe("/api/products/1");
        answer.Headers.Contains("Keep-Alive").ShouldBeFalse();
        answer.Headers.Contains("Server").ShouldBeFalse();
    }

    [Fact]
    public async Task The_trace_goes_on_inside_and_begins_here_when_there_is_none()
    {
        var (traced, untraced) = ($"{Guid.NewGuid()}", $"{Guid.NewGuid()}");
        const string trace = "0af7651916cd43dd8448eb211c80319c";
        using var handler = new SocketsHttpHandler { ActivityHeadersPropagator = null };
        using var client = new HttpClient(handler) { BaseAddress = outside.BaseAddress };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/products") { Headers = { { "X-Marker", traced }, { "traceparent", $"00-{trace}-b7ad6b7169203331-01" } } };

        await client.SendAsync(request);
        await client.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/api/products") { Headers = { { "X-Marker", untraced } } });

        var inside = ActivityContext.Parse(AskedFor(traced).Headers["traceparent"], null);
        inside.TraceId.ToString().ShouldBe(trace);
        inside.SpanId.ToString().ShouldNotBe("b7ad6b7169203331");
        inside.TraceFlags.ShouldBe(ActivityTraceFlags.Recorded);
        // Where no tracing is configured, nothing is recorded that the caller does not record.
        var begun = ActivityContext.Parse(AskedFor(untraced).Headers["traceparent"], null);
        begun.TraceId.ToString().ShouldNotBe(trace);
        begun.TraceFlags.ShouldBe(ActivityTraceFlags.None);
    }

    [Theory]
    [InlineData("GET", "/api/nothing", null, 404, "not-found")]
    [InlineData("DELETE", "/api/products", null, 405, "method-not-allowed")]
    [InlineData("GET", "/api/payments", null, 503, "unavailable")]
    [InlineData("GET", "/api/products", "cut", 502, "bad-gateway")]
    [InlineData("POST", "/api/products", "cut", 502, "bad-gateway")]
    [InlineData("GET", "/api/customers/me", "hang", 504, "gateway-timeout")]
    [InlineData("GET", "/api/products", "409", 409, "its-own")]
    public async Task What_cannot_be_answered_is_said_in_problem_details(string method, string path, string? misbehaviour, int status, string slug)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (misbehaviour is not null) request.Headers.Add("X-Test", misbehaviour);

        using var answer = await outside.SendAsync(request);

        ((int)answer.StatusCode).ShouldBe(status);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        problem.GetProperty("type").GetString().ShouldBe($"https://kampung.dev/problems/{slug}");
        if (slug != "its-own") problem.GetProperty("traceId").GetString()!.Length.ShouldBe(32);
        (answer.Headers.RetryAfter is not null).ShouldBe(status == 503);
        door.Gateway.Logs.ShouldNotContain(line => line.Contains("unhandled exception", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task An_answer_that_breaks_off_is_not_passed_off_as_whole()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/products") { Headers = { { "X-Test", "cut-body" } } };

        await Should.ThrowAsync<HttpRequestException>(async () =>
        {
            using var answer = await outside.SendAsync(request);
            answer.EnsureSuccessStatusCode();
            await answer.Content.ReadAsStringAsync();
        });
    }

    [Theory]
    [InlineData("/api/orders", 1024 * 1024, 200)]
    [InlineData("/api/orders", (1024 * 1024) + 1, 413)]
    [InlineData("/api/products/import", 16 * 1024 * 1024, 200)]
    [InlineData("/api/products/import", (16 * 1024 * 1024) + 1, 413)]
    public async Task A_body_may_be_as_large_as_its_route_says(string path, int bytes, int status)
    {
        foreach (var chunked in new[] { false, true })
        {
            var marker = $"{Guid.NewGuid()}";
            // Of a chunked body the frames count, too.
            var size = chunked && status == 200 ? bytes - 64_000 : bytes;
            using var request = new HttpRequestMessage(HttpMethod.Post, path) { Headers = { { "X-Marker", marker } }, Content = new ByteArrayContent(new byte[size]) };
            request.Headers.TransferEncodingChunked = chunked;
            request.Headers.ExpectContinue = true; // so that a refusal is read before the body is sent

            using var answer = await outside.SendAsync(request);

            ((int)answer.StatusCode).ShouldBe(status, $"chunked: {chunked}");
            if (status == 200) AskedFor(marker).BodyBytes.ShouldBe(size);
            else answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        }
    }

    [Fact]
    public async Task Server_sent_events_pass_one_by_one()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/api/orders/{Id}/events") { Headers = { { "X-Test", "events" }, { "Last-Event-ID", "7" } } };

        using var answer = await outside.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync());

        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        (await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(20))).ShouldBe("id: 1");
        door.Upstream.Asked.ShouldContain(asked => asked.Headers.GetValueOrDefault("Last-Event-ID") == "7");
        door.Upstream.GoOn.SetResult();
        (await reader.ReadToEndAsync()).ShouldBe("data: placed\n\nid: 2\ndata: confirmed\n\n");
    }

    [Fact]
    public async Task The_door_says_what_it_leads_to_and_that_it_is_open()
    {
        var index = await outside.GetFromJsonAsync<JsonElement>("/");
        index.GetProperty("resources").EnumerateArray().Select(resource => resource.GetProperty("path").GetString()).ShouldContain("/api/orders/{id:guid}/cancel");
        (await outside.GetAsync("/health/live")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await outside.GetStringAsync("/metrics")).ShouldContain("http_server_request_duration");
    }

    // Whichever instance it went to.
    Asked AskedFor(string marker) =>
        new[] { door.Upstream, door.SecondKitchen, door.SecondDelivery }.SelectMany(instance => instance.Asked).Single(asked => asked.Headers.GetValueOrDefault("X-Marker") == marker);

    /// <summary>Sends the bytes as they are, as no well-behaved client would.</summary>
    /// <returns>The status code of the answer.</returns>
    async Task<int> SendRaw(string request)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, outside.BaseAddress!.Port);
        await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        using var reader = new StreamReader(client.GetStream(), Encoding.ASCII);
        return int.Parse((await reader.ReadLineAsync())!.Split(' ')[1]);
    }
}
