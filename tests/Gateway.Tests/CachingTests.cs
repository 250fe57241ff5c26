using System.Net;
using System.Text.RegularExpressions;
using Kampung.Testing;

namespace Kampung.Gateway.Tests;

/// <summary>A gateway that keeps answers and hears of products that change. /api/customers/me is cached here, too, without being public.</summary>
public sealed class CachingDoor : IAsyncLifetime
{
    public ServiceProcess Gateway { get; private set; } = null!;
    public Upstream Upstream { get; private set; } = null!;
    public TestBroker Broker { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Upstream = await Upstream.StartAsync();
        Broker = await TestBroker.StartAsync();
        Gateway = await ServiceProcess.StartAsync("Gateway", new(Upstream.AsEveryService())
        {
            ["Kafka__BootstrapServers"] = Broker.BootstrapServers,
            ["Gateway__Cache__Size"] = "300000",
            ["ReverseProxy__Routes__get-me__Metadata__Cache"] = "00:00:30",
            ["ReverseProxy__Routes__get-picture__Metadata__Cache"] = "00:00:00.001",
        });
        await Eventually.Is(() => Gateway.Logs.Any(line => line.Contains("listens to", StringComparison.Ordinal)));
    }

    public async ValueTask DisposeAsync()
    {
        if (Gateway is not null) await Gateway.DisposeAsync();
        if (Broker is not null) await Broker.DisposeAsync();
        if (Upstream is not null) await Upstream.DisposeAsync();
    }
}

public sealed partial class CachingTests(CachingDoor door) : IClassFixture<CachingDoor>
{
    // Each test asks for something that no other asks for.
    readonly string path = $"/api/products?search={Guid.NewGuid():N}";

    [Fact]
    public async Task An_answer_is_given_again_and_who_has_it_is_told_so_in_one_line()
    {
        door.Upstream.Answer = "first";
        using var first = await Get(path);
        door.Upstream.Answer = "second";
        using var again = await Get(path);
        using var known = await Get(path, ("If-None-Match", $"W/{first.Headers.ETag}"));
        using var unknown = await Get(path, ("If-None-Match", "\"something else\""));

        Status(first).ShouldBe("gateway; fwd=miss; stored");
        Status(again).ShouldStartWith("gateway; hit; ttl=");
        (await again.Content.ReadAsStringAsync()).ShouldBe("first");
        again.Headers.ETag.ShouldBe(first.Headers.ETag);
        again.Headers.CacheControl!.ToString().ShouldBe("public, no-cache");
        again.Headers.GetValues("RateLimit-Remaining").ShouldHaveSingleItem();
        known.StatusCode.ShouldBe(HttpStatusCode.NotModified);
        known.Headers.ETag.ShouldBe(first.Headers.ETag);
        (await known.Content.ReadAsByteArrayAsync()).ShouldBeEmpty();
        (await unknown.Content.ReadAsStringAsync()).ShouldBe("first");
        Times(path).ShouldBe(1);
    }

    [Fact]
    public async Task A_conditional_request_that_fills_the_cache_asks_the_service_for_the_whole_answer()
    {
        door.Upstream.Answer = "whole";

        using var answer = await Get(path, ("If-None-Match", "\"mine\""), ("Range", "bytes=0-1"));

        (await answer.Content.ReadAsStringAsync()).ShouldBe("whole");
        Asked().Headers.Keys.ShouldNotContain("If-None-Match");
        Asked().Headers.Keys.ShouldNotContain("Range");
        using var known = await Get(path, ("If-None-Match", answer.Headers.ETag!.ToString()));
        known.StatusCode.ShouldBe(HttpStatusCode.NotModified);
    }

    [Fact]
    public async Task What_is_public_is_asked_for_by_nobody_in_particular_and_told_to_all()
    {
        using var mine = await Get(path, ("Authorization", "Bearer mine"), ("Cookie", "me=1"));
        using var theirs = await Get(path, ("Authorization", "Bearer theirs"));

        Status(theirs).ShouldStartWith("gateway; hit");
        Asked().Headers.Keys.Intersect(["Authorization", "Cookie"]).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_not_public_is_never_told_to_another_customer()
    {
        const string Me = "/api/customers/me";
        foreach (var who in new[] { "ali", "siti" })
        {
            door.Upstream.Answer = who;
            using var answer = await Get(Me, ("Authorization", $"Bearer {who}"));
            (await answer.Content.ReadAsStringAsync()).ShouldBe(who);
            answer.Headers.Contains("Cache-Status").ShouldBeFalse();
            door.Upstream.Asked.Last(asked => asked.Target == "/customers/me").Headers["Authorization"].ShouldBe($"Bearer {who}");
        }
    }

    [Theory]
    [InlineData("private")]
    [InlineData("cookie")]
    [InlineData("404")]
    [InlineData("503")]
    [InlineData("large")]
    [InlineData("cut")]
    public async Task What_a_service_keeps_to_one_client_or_could_not_say_is_not_kept(string misbehaviour)
    {
        for (var i = 0; i < 2; i++)
        {
            using var answer = await Get(path, ("X-Test", misbehaviour));
            Status(answer).ShouldBe("gateway; fwd=miss");
            if (misbehaviour == "large") (await answer.Content.ReadAsByteArrayAsync()).Length.ShouldBe(2 * 1024 * 1024);
        }
        using var good = await Get(path);
        Status(good).ShouldBe("gateway; fwd=miss; stored");
    }

    [Fact]
    public async Task Those_who_ask_at_the_same_time_wait_for_one_answer()
    {
        var answers = Enumerable.Range(0, 20).Select(_ => Get(path, ("X-Test", "wait"))).ToList();
        await Eventually.Is(() => Times(path) == 1);
        door.Upstream.GoOn.TrySetResult();

        foreach (var answer in await Task.WhenAll(answers))
            using (answer) answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        Times(path).ShouldBe(1);
    }

    [Fact]
    public async Task An_answer_is_forgotten_when_its_time_is_over_when_a_product_changes_and_when_somebody_changes_one()
    {
        var picture = $"/api/products/pictures/{Guid.NewGuid():N}.svg";
        using (await Get(picture)) { }
        await Eventually.Is(async () => Status(await Get(picture)) == "gateway; fwd=miss; stored");

        using (await Get(path)) { }
        Status(await Get(path)).ShouldStartWith("gateway; hit");
        using var publisher = new EventPublisher(door.Broker.BootstrapServers);
        var product = Guid.CreateVersion7();
        await publisher.Publishes("product-changed", product, new { productId = product });
        await Eventually.Is(async () => Status(await Get(path)) == "gateway; fwd=miss; stored");

        Status(await Get(path)).ShouldStartWith("gateway; hit");
        (await door.Gateway.Client.DeleteAsync($"/api/products/{product}")).EnsureSuccessStatusCode();
        Status(await Get(path)).ShouldBe("gateway; fwd=miss; stored");
    }

    [Fact]
    public async Task Who_is_refused_or_leaves_empties_nothing_and_who_may_have_changed_something_does()
    {
        using (await Get(path)) { }
        foreach (var refusal in new[] { "400", "401", "403", "404", "409", "413", "415", "422", "429" }) await Change(refusal, int.Parse(refusal));
        // Not forwarded at all: no JSON, no body.
        await Change("", 415, HttpMethod.Put, "satay");
        await Change("", 400, HttpMethod.Put);
        using (var leaving = new CancellationTokenSource())
        {
            var asked = door.Upstream.Asked.Count;
            var change = Change("hang", 0, ct: leaving.Token);
            await Eventually.Is(() => door.Upstream.Asked.Count > asked);
            await leaving.CancelAsync();
            await Should.ThrowAsync<OperationCanceledException>(change);
        }
        Status(await Get(path)).ShouldStartWith("gateway; hit");

        foreach (var unknown in new[] { (Misbehaviour: "503", Status: 503), (Misbehaviour: "cut", Status: 502) })
        {
            await Change(unknown.Misbehaviour, unknown.Status);
            Status(await Get(path)).ShouldBe("gateway; fwd=miss; stored");
        }

        async Task Change(string misbehaviour, int status, HttpMethod? method = null, string? body = null, CancellationToken ct = default)
        {
            using var request = new HttpRequestMessage(method ?? HttpMethod.Delete, $"/api/products/{Guid.CreateVersion7()}") { Headers = { { "X-Test", misbehaviour } } };
            if (body is not null) request.Content = new StringContent(body);
            using var answer = await door.Gateway.Client.SendAsync(request, ct);
            ((int)answer.StatusCode).ShouldBe(status, misbehaviour);
        }
    }

    [Fact]
    public async Task Memory_is_bounded_however_much_is_asked_for()
    {
        door.Upstream.Answer = new string('x', 10_000);
        for (var i = 0; i < 300; i++)
            using (await Get($"{path}&cursor={i}")) { }

        var metrics = await door.Gateway.Client.GetStringAsync("/metrics");
        long.Parse(Kept().Match(metrics).Groups[1].Value).ShouldBeInRange(1, 300_000);
    }

    async Task<HttpResponseMessage> Get(string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        return await door.Gateway.Client.SendAsync(request);
    }

    Asked Asked() => door.Upstream.Asked.Single(asked => asked.Target == path["/api".Length..]);

    int Times(string path) => door.Upstream.Asked.Count(asked => asked.Target == path["/api".Length..]);

    static string Status(HttpResponseMessage answer) => answer.Headers.TryGetValues("Cache-Status", out var values) ? values.Single() : "none";

    [GeneratedRegex(@"^kampung_gateway_cache_size\S* (\d+)", RegexOptions.Multiline)]
    private static partial Regex Kept();
}
