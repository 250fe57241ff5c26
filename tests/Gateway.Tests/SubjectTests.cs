using System.Net;
using System.Net.Sockets;
using Kampung.ServiceDefaults;
using Kampung.Testing;

namespace Kampung.Gateway.Tests;

/// <summary>
/// A gateway that knows who asks, with budgets that are soon used up, twenty connections for an address and two streams for a client. 127.8.0.0/16 are proxies that it
/// trusts. It has a port inside, too.
/// </summary>
public sealed class SubjectDoor : IAsyncLifetime
{
    public ServiceProcess Gateway { get; private set; } = null!;
    public Upstream Upstream { get; private set; } = null!;
    public Uri Inside { get; } = new($"http://127.0.0.1:{FreePort.Next()}");

    public async ValueTask InitializeAsync()
    {
        Upstream = await Upstream.StartAsync();
        var outside = $"http://127.0.0.1:{FreePort.Next()}";
        var environment = new Dictionary<string, string?>(Upstream.AsEveryService())
        {
            ["ASPNETCORE_URLS"] = outside,
            ["Kestrel__Endpoints__Outside__Url"] = outside,
            ["Kestrel__Endpoints__Inside__Url"] = $"{Inside}",
            ["Gateway__InsidePort"] = $"{Inside.Port}",
            ["Gateway__TrustedProxies"] = "127.8.0.0/16",
            ["Gateway__Connections__PerAddress"] = "20",
            ["Gateway__Limits__Address__Rate"] = "0.1",
            ["Gateway__Limits__Address__Burst"] = "30",
            ["Gateway__Limits__Browsing__Rate"] = "0.1",
            ["Gateway__Limits__Browsing__Burst"] = "5",
            ["Gateway__Limits__Probes__Rate"] = "20",
            ["Gateway__Limits__Probes__Burst"] = "20",
            ["Gateway__Limits__Streams"] = "2",
            ["Gateway__RequestLog__Enabled"] = "false",
        };
        foreach (var (name, value) in TestIssuer.Shared.Settings) environment[name] = value;
        Gateway = await ServiceProcess.StartAsync("Gateway", environment);
    }

    public async ValueTask DisposeAsync()
    {
        if (Gateway is not null) await Gateway.DisposeAsync();
        if (Upstream is not null) await Upstream.DisposeAsync();
    }
}

/// <summary>Limits of whom the gateway knows, and of what one address or client may hold open. Each test comes from addresses of its own.</summary>
public sealed class SubjectTests(SubjectDoor door) : IClassFixture<SubjectDoor>
{
    readonly string siti = TestIssuer.Shared.Token(Guid.CreateVersion7(), Role.Customer), ali = TestIssuer.Shared.Token(Guid.CreateVersion7(), Role.Customer);

    [Fact]
    public async Task Two_customers_at_one_address_have_a_budget_each()
    {
        using var home = From("127.7.0.1");

        for (var i = 0; i < 5; i++) (await Ask(home, siti)).ShouldBe(HttpStatusCode.OK);
        (await Ask(home, siti)).ShouldBe(HttpStatusCode.TooManyRequests);
        for (var i = 0; i < 5; i++) (await Ask(home, ali)).ShouldBe(HttpStatusCode.OK);
        (await Ask(home, ali)).ShouldBe(HttpStatusCode.TooManyRequests);
    }

    [Fact]
    public async Task One_customer_at_two_addresses_has_one_budget_and_strangers_behind_a_proxy_have_their_own()
    {
        using var proxy = From("127.8.0.1");

        for (var i = 0; i < 5; i++) (await Ask(proxy, siti, forwardedFor: i < 3 ? "1.1.1.1" : "2.2.2.2")).ShouldBe(HttpStatusCode.OK);
        foreach (var address in new[] { "1.1.1.1", "2.2.2.2", "3.3.3.3" }) (await Ask(proxy, siti, forwardedFor: address)).ShouldBe(HttpStatusCode.TooManyRequests);
        (await Ask(proxy, ali, forwardedFor: "1.1.1.1")).ShouldBe(HttpStatusCode.OK);

        // What the gateway itself answers is no exception.
        foreach (var address in new[] { "4.4.4.4", "5.5.5.5" })
        {
            for (var i = 0; i < 5; i++) (await Ask(proxy, token: null, "/", address)).ShouldBe(HttpStatusCode.OK);
            (await Ask(proxy, token: null, "/", address)).ShouldBe(HttpStatusCode.TooManyRequests);
        }
    }

    [Fact]
    public async Task Random_tokens_use_up_the_budget_of_their_address_before_they_are_looked_at()
    {
        using var attacker = From("127.7.0.2");

        for (var i = 0; i < 30; i++) (await Ask(attacker, $"{TestIssuer.Shared.Token(Guid.CreateVersion7(), Role.Customer)[..^12]}AAAAAAAAAAAA")).ShouldBe(HttpStatusCode.Unauthorized);

        foreach (var token in new[] { siti, $"{siti[..^12]}AAAAAAAAAAAA" })
        {
            using var request = Request(token, "/api/orders");
            using var refusal = await attacker.SendAsync(request);
            refusal.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
            (await refusal.Content.ReadAsStringAsync()).ShouldContain("requests from this address");
        }
    }

    [Fact]
    public async Task A_client_has_so_many_streams_at_once_and_the_others_have_theirs()
    {
        using var home = From("127.7.0.3");
        var first = await Stream(home, siti);
        using var second = await Stream(home, siti);
        first.StatusCode.ShouldBe(HttpStatusCode.OK);
        second.StatusCode.ShouldBe(HttpStatusCode.OK);

        using (var third = await Stream(home, siti))
        {
            third.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
            third.Headers.RetryAfter.ShouldNotBeNull();
        }
        using (var other = await Stream(home, ali)) other.StatusCode.ShouldBe(HttpStatusCode.OK);

        // The service hears that somebody left, and by then there is room for another.
        first.Dispose();
        await Eventually.Is(() => door.Upstream.Left > 0);
        await Eventually.Is(async () =>
        {
            using var another = await Stream(home, siti);
            return another.StatusCode == HttpStatusCode.OK;
        });
    }

    [Fact]
    public async Task An_address_has_so_many_connections_at_once_and_the_others_have_theirs()
    {
        var open = new List<TcpClient>();
        try
        {
            for (var i = 0; i < 20; i++) open.Add(await Connected("127.7.0.4"));

            (await Answers("127.7.0.4")).ShouldBeFalse();
            (await Answers("127.7.0.5")).ShouldBeTrue();
            for (var i = 0; i < 25; i++) open.Add(await Connected("127.8.0.3"));

            open[0].Dispose();
            await Eventually.Is(() => Answers("127.7.0.4"));
        }
        finally
        {
            foreach (var client in open) client.Dispose();
        }

        async Task<TcpClient> Connected(string address)
        {
            var client = new TcpClient(new IPEndPoint(IPAddress.Parse(address), 0));
            await client.ConnectAsync(IPAddress.Loopback, door.Gateway.BaseAddress.Port);
            (await IsAnswered(client)).ShouldBeTrue();
            return client;
        }

        async Task<bool> Answers(string address)
        {
            using var client = new TcpClient(new IPEndPoint(IPAddress.Parse(address), 0));
            await client.ConnectAsync(IPAddress.Loopback, door.Gateway.BaseAddress.Port);
            return await IsAnswered(client);
        }

        static async Task<bool> IsAnswered(TcpClient client)
        {
            try
            {
                await client.GetStream().WriteAsync("GET /api/nothing HTTP/1.1\r\nHost: shop\r\n\r\n"u8.ToArray());
                return await client.GetStream().ReadAsync(new byte[1000]) > 0;
            }
            catch (IOException)
            {
                return false;
            }
        }
    }

    [Theory]
    [InlineData("/metrics")]
    [InlineData("/openapi/v1.json")]
    public async Task What_the_gateway_tells_of_itself_is_for_insiders(string path)
    {
        using var outside = From("127.7.0.6");
        (await Ask(outside, token: null, path)).ShouldBe(HttpStatusCode.Unauthorized);
        (await Ask(outside, siti, path)).ShouldBe(HttpStatusCode.Forbidden);
        foreach (var role in new[] { Role.Operator, Role.Service })
            (await Ask(outside, TestIssuer.Shared.Token(Guid.CreateVersion7(), role), path)).ShouldBe(HttpStatusCode.OK);

        using var inside = new HttpClient { BaseAddress = door.Inside };
        (await Ask(inside, token: null, path)).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Health_has_a_budget_of_its_own()
    {
        using var client = From("127.7.0.7");
        for (var i = 0; i < 32; i++) await Ask(client, token: null, "/api/nothing");
        (await Ask(client, token: null, "/api/nothing")).ShouldBe(HttpStatusCode.TooManyRequests);

        (await Ask(client, token: null, "/health/live")).ShouldBe(HttpStatusCode.OK);
        var refused = false;
        for (var i = 0; i < 1000 && !refused; i++) refused = await Ask(client, token: null, "/health/live") == HttpStatusCode.TooManyRequests;
        refused.ShouldBeTrue();
    }

    HttpClient From(string address) => LimitTests.From(address, door.Gateway.BaseAddress);

    static async Task<HttpStatusCode> Ask(HttpClient client, string? token, string path = "/api/orders", string? forwardedFor = null)
    {
        using var request = Request(token, path);
        if (forwardedFor is not null) request.Headers.Add("X-Forwarded-For", forwardedFor);
        using var answer = await client.SendAsync(request);
        return answer.StatusCode;
    }

    static async Task<HttpResponseMessage> Stream(HttpClient client, string token)
    {
        using var request = Request(token, $"/api/orders/{Guid.Empty}/events");
        request.Headers.Add("X-Test", "events");
        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    static HttpRequestMessage Request(string? token, string path)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (token is not null) request.Headers.Authorization = new("Bearer", token);
        return request;
    }
}
