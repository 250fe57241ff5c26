using System.Collections.Concurrent;
using System.Net;
using Kampung.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Shouldly;

namespace Kampung.ServiceDefaults.Tests;

public sealed class ServiceClientTests : IAsyncLifetime
{
    readonly ConcurrentQueue<string> received = new();
    readonly List<TestApp> callers = [];
    Func<HttpContext, Task> think = _ => Task.CompletedTask;
    Func<HttpContext, int> answer = _ => 200;
    TestApp stall = null!;

    public sealed class StallClient(HttpClient http)
    {
        public Task<HttpResponseMessage> Send(HttpRequestMessage request) => http.SendAsync(request);
    }

    public async ValueTask InitializeAsync() => stall = await TestApp.StartAsync(map: routes => routes.Map("/work", async http =>
    {
        received.Enqueue(http.Request.Method);
        await think(http);
        http.Response.StatusCode = answer(http);
        await http.Response.WriteAsync("done");
    }), name: "stall-service");

    public async ValueTask DisposeAsync()
    {
        foreach (var caller in callers) await caller.DisposeAsync();
        await stall.DisposeAsync();
    }

    [Theory]
    [InlineData("GET", null, 4)]
    [InlineData("POST", null, 1)]
    [InlineData("DELETE", null, 1)]
    [InlineData("POST", "Idempotency-Key", 4)]
    [InlineData("POST", "Idempotent()", 4)]
    public async Task Only_what_is_safe_to_repeat_is_repeated(string method, string? marked, int attempts)
    {
        answer = _ => 503;
        var caller = await StartCallerAsync(marked: marked);

        var response = await caller.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/call"));

        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        response.Headers.RetryAfter.ShouldNotBeNull();
        (await response.Content.ReadAsStringAsync()).ShouldContain("stall-service");
        received.Count.ShouldBe(attempts);
    }

    [Fact]
    public async Task A_retry_that_succeeds_is_a_success()
    {
        answer = _ => received.Count < 3 ? 500 : 200;

        (await (await StartCallerAsync()).Client.GetStringAsync("/call")).ShouldBe("done");
        received.Count.ShouldBe(3);
    }

    [Fact]
    public async Task An_answer_that_blames_the_caller_is_passed_on_at_once()
    {
        answer = _ => 404;

        (await (await StartCallerAsync()).Client.GetAsync("/call")).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        received.Count.ShouldBe(1);
    }

    [Fact]
    public async Task An_attempt_that_takes_too_long_is_given_up()
    {
        think = http => received.Count == 1 ? Task.Delay(Timeout.Infinite, http.RequestAborted) : Task.CompletedTask;
        var caller = await StartCallerAsync(new() { ["Http:Resilience:AttemptTimeout:Timeout"] = "00:00:02", ["Http:Resilience:TotalRequestTimeout:Timeout"] = "00:00:30" });

        (await caller.Client.GetStringAsync("/call")).ShouldBe("done");
        received.Count.ShouldBeGreaterThan(1);
    }

    [Fact]
    public async Task A_service_that_fails_again_and_again_is_left_alone_for_a_while()
    {
        answer = _ => 500;
        var caller = await StartCallerAsync(new() { ["Http:Resilience:CircuitBreaker:BreakDuration"] = "00:00:01.500" });

        // 10 attempts open the circuit; now and then a single one looks whether the service is well again.
        var refused = await Eventually.Get(async () =>
        {
            var before = received.Count;
            var response = await caller.Client.GetAsync("/call");
            return received.Count == before ? response : null!; // it was not asked
        });
        refused.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        refused.Headers.RetryAfter!.Delta!.Value.ShouldBeInRange(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));

        answer = _ => 200;
        await Eventually.Is(async () => (await caller.Client.GetAsync("/call")).IsSuccessStatusCode);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")] // nobody took the connection, so it is safe
    public async Task An_instance_that_refuses_connections_is_avoided(string method)
    {
        var caller = await StartCallerAsync(new()
        {
            ["Services:stall-service:http:0"] = $"http://127.0.0.1:{FreePort.Next()}",
            ["Services:stall-service:http:1"] = stall.Address.ToString(),
        });

        for (var i = 0; i < 10; i++)
            (await caller.Client.SendAsync(new HttpRequestMessage(new HttpMethod(method), "/call"))).StatusCode.ShouldBe(HttpStatusCode.OK);
        received.Count.ShouldBe(10);
    }

    async Task<TestApp> StartCallerAsync(Dictionary<string, string>? settings = null, string? marked = null)
    {
        settings ??= [];
        settings.TryAdd("Services:stall-service:http:0", stall.Address.ToString());
        var caller = await TestApp.StartAsync(
            builder => builder.AddServiceClient<StallClient>("Stall-Service"),
            routes => routes.Map("/call", async (HttpContext http, StallClient client) =>
            {
                using var request = new HttpRequestMessage(new HttpMethod(http.Request.Method), "/work");
                if (marked == "Idempotency-Key") request.Headers.Add(marked, "1");
                if (marked == "Idempotent()") request.Idempotent();
                var response = await client.Send(request);
                return Results.Text(await response.Content.ReadAsStringAsync(), statusCode: (int)response.StatusCode);
            }),
            settings);
        callers.Add(caller);
        return caller;
    }
}
