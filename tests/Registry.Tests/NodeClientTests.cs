using Kampung.Testing;
using Shouldly;

namespace Kampung.Registry.Tests;

/// <summary>As a Node.js service sees the registry.</summary>
public sealed class NodeClientTests : IAsyncLifetime
{
    const string Registered = """{"event":"registered"}""";

    ServiceProcess registry = null!;

    public async ValueTask InitializeAsync() => registry = await ServiceProcess.StartAsync("Registry", new() { ["Registry__ExpiryInterval"] = "00:00:00.100", ["Registry__WarmUp"] = "00:00:00" });

    public ValueTask DisposeAsync() => registry.DisposeAsync();

    [Theory]
    [InlineData("/eureka/apps/")]
    [InlineData("/eureka/v2/apps/")]
    public async Task It_registers_finds_others_and_leaves(string path)
    {
        await using var client = await NodeClient.StartAsync(registry.BaseAddress, path);
        await client.Says(Registered);
        await client.Says("""{"app":"JS-SERVICE","instances":["js-1 UP 4711"]}""", "app JS-SERVICE");
        await client.Says("""{"vip":"js-alias","instances":["js-1"]}""", "vip js-alias");

        // What comes later reaches it as a delta.
        await registry.RegisterAsync("kopi-service", "kopi-1");
        await client.Says("""{"app":"KOPI-SERVICE","instances":["kopi-1 UP 80"]}""", "app KOPI-SERVICE");
        await registry.Client.PutAsync("/eureka/apps/KOPI-SERVICE/kopi-1/status?value=OUT_OF_SERVICE", null);
        await client.Says("""{"app":"KOPI-SERVICE","instances":[]}""", "app KOPI-SERVICE"); // it lists only who is UP
        await registry.Client.DeleteAsync("/eureka/apps/KOPI-SERVICE/kopi-1/status?value=UP");
        await client.Says("""{"app":"KOPI-SERVICE","instances":["kopi-1 UP 80"]}""", "app KOPI-SERVICE");
        await registry.Client.DeleteAsync("/eureka/apps/KOPI-SERVICE/kopi-1");
        await client.Says("""{"app":"KOPI-SERVICE","instances":[]}""", "app KOPI-SERVICE");

        await client.StopAsync();
        (await registry.AppsAsync()).ShouldBeEmpty();
    }

    [Fact]
    public async Task It_registers_again_with_a_registry_that_has_forgotten_it()
    {
        await using var client = await NodeClient.StartAsync(registry.BaseAddress, "/eureka/apps/");
        await client.Says(Registered);

        await registry.KillAsync();
        await registry.StartAgainAsync();

        await Eventually.Is(async () => (await registry.AppsAsync()).Contains("JS-SERVICE"));
    }

    [Fact]
    public async Task It_is_forgotten_when_it_dies_and_not_before()
    {
        await using var client = await NodeClient.StartAsync(registry.BaseAddress, "/eureka/apps/");
        await client.Says(Registered);
        for (var heartbeats = 0; heartbeats < 8; heartbeats++) await client.Says("""{"event":"heartbeat"}"""); // 4 s, longer than the lease
        (await registry.AppsAsync()).ShouldBe(["JS-SERVICE"]);

        client.Kill();

        await Eventually.Is(async () => (await registry.AppsAsync()).Count == 0, within: TimeSpan.FromSeconds(6));
    }
}
