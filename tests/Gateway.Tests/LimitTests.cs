using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using System.Text.RegularExpressions;
using Kampung.Testing;

namespace Kampung.Gateway.Tests;

/// <summary>A gateway with budgets that are soon used up, and few places for clients. Each test comes from addresses of its own.</summary>
public sealed class LimitedDoor : IAsyncLifetime
{
    public const int Clients = 1000;

    public ServiceProcess Gateway { get; private set; } = null!;
    public Upstream Upstream { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Upstream = await Upstream.StartAsync();
        Gateway = await ServiceProcess.StartAsync("Gateway", new(Upstream.AsEveryService())
        {
            ["Gateway__Limits__Clients"] = $"{Clients}",
            ["Gateway__Limits__Address__Rate"] = "0.1",
            ["Gateway__Limits__Address__Burst"] = "11",
            ["Gateway__Limits__Browsing__Rate"] = "0.1",
            ["Gateway__Limits__Browsing__Burst"] = "5",
            ["Gateway__Limits__Ordering__Rate"] = "0.1",
            ["Gateway__Limits__Ordering__Burst"] = "2",
            ["Gateway__Limits__SignIn__Rate"] = "0.1",
            ["Gateway__Limits__SignIn__Burst"] = "3",
            ["Gateway__Validation__Enabled"] = "false",
            ["Gateway__RequestLog__Enabled"] = "false",
        });
    }

    public async ValueTask DisposeAsync()
    {
        if (Gateway is not null) await Gateway.DisposeAsync();
        if (Upstream is not null) await Upstream.DisposeAsync();
    }
}

public sealed partial class LimitTests(LimitedDoor door) : IClassFixture<LimitedDoor>
{
    [Fact]
    public async Task A_client_that_asks_too_often_is_told_when_to_come_back_and_the_others_are_served()
    {
        using var greedy = From("127.1.0.1");
        using var modest = From("127.1.0.2");
        for (var left = 4; left >= 0; left--)
        {
            using var answer = await greedy.GetAsync("/api/customers/me");
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            Field(answer, "RateLimit-Limit").ShouldBe("5");
            Field(answer, "RateLimit-Remaining").ShouldBe($"{left}");
            Field(answer, "RateLimit-Policy").ShouldBe("5;w=50");
            int.Parse(Field(answer, "RateLimit-Reset"), CultureInfo.InvariantCulture).ShouldBeInRange(((5 - left) * 10) - 9, (5 - left) * 10);
        }
        var asked = Asked();

        using var refusal = await greedy.GetAsync("/api/customers/me");

        refusal.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        refusal.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        (await refusal.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("type").GetString().ShouldBe("https://kampung.dev/problems/too-many-requests");
        Field(refusal, "RateLimit-Remaining").ShouldBe("0");
        Field(refusal, "Retry-After").ShouldBe(Field(refusal, "RateLimit-Reset"));
        refusal.Headers.RetryAfter!.Delta!.Value.TotalSeconds.ShouldBeInRange(1, 10);
        Asked().ShouldBe(asked);
        (await modest.GetAsync("/api/customers/me")).StatusCode.ShouldBe(HttpStatusCode.OK);

        int Asked() => door.Upstream.Asked.Count(request => request.Target == "/customers/me");
    }

    [Fact]
    public async Task Ordering_browsing_and_signing_in_have_budgets_of_their_own_and_an_address_has_one_over_all()
    {
        using var client = From("127.1.0.3");

        (await Allowed(() => client.GetAsync("/api/customers/me"))).ShouldBe(5);
        (await Allowed(() => client.PostAsync("/api/orders", null))).ShouldBe(2);
        (await Allowed(() => client.GetAsync("/identity/.well-known/openid-configuration"))).ShouldBe(2);   // and not 3, since with the two refusals that makes 11

        using var unknown = await client.GetAsync("/nothing");
        unknown.StatusCode.ShouldBe(HttpStatusCode.TooManyRequests);
        (await unknown.Content.ReadAsStringAsync()).ShouldContain("requests from this address");
        (await client.GetAsync("/health/live")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Ten_thousand_clients_are_served_and_no_more_are_remembered_than_there_are_places()
    {
        var served = 0;

        await Parallel.ForEachAsync(Enumerable.Range(0, 10_000), new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (number, ct) =>
        {
            if (await StatusFrom(new IPAddress([127, 2, (byte)(number / 250), (byte)(1 + (number % 250))]), ct) == "HTTP/1.1 404 Not Found") Interlocked.Increment(ref served);
        });

        served.ShouldBe(10_000);
        door.Gateway.Logs.ShouldNotContain(line => line.Contains(" answered ", StringComparison.Ordinal));
        var metrics = await door.Gateway.Client.GetStringAsync("/metrics");
        int.Parse(Remembered().Match(metrics).Groups[1].Value, CultureInfo.InvariantCulture).ShouldBeInRange(Clients / 2, LimitedDoor.Clients);
    }

    const int Clients = LimitedDoor.Clients;

    static async Task<int> Allowed(Func<Task<HttpResponseMessage>> request)
    {
        for (var allowed = 0; ; allowed++)
        {
            using var answer = await request();
            if (answer.StatusCode == HttpStatusCode.TooManyRequests) return allowed;
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        }
    }

    async Task<string> StatusFrom(IPAddress address, CancellationToken ct)
    {
        using var client = new TcpClient(new IPEndPoint(address, 0)) { LingerState = new LingerOption(true, 0) };
        await client.ConnectAsync(IPAddress.Loopback, door.Gateway.BaseAddress.Port, ct);
        await client.GetStream().WriteAsync("GET /nothing HTTP/1.1\r\nHost: shop\r\n\r\n"u8.ToArray(), ct);
        using var reader = new StreamReader(client.GetStream());
        return (await reader.ReadLineAsync(ct))!;
    }

    HttpClient From(string address) => From(address, door.Gateway.BaseAddress);

    /// <summary>A client that has this address, as far as <paramref name="gateway"/> can see.</summary>
    public static HttpClient From(string address, Uri gateway) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (context, ct) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
            await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        },
    }) { BaseAddress = gateway };

    static string Field(HttpResponseMessage answer, string name) => answer.Headers.GetValues(name).Single();

    [GeneratedRegex(@"^kampung_gateway_clients\S* (\d+)", RegexOptions.Multiline)]
    private static partial Regex Remembered();
}
