using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Shouldly;

namespace Kampung.Registry.Tests;

public sealed class LeaseTests
{
    readonly Clock clock = new();
    readonly InstanceRegistry registry;

    public LeaseTests()
    {
        var services = new ServiceCollection().Configure<RegistryOptions>(options => options.SelfPreservation.MinimumInstances = 10);
        registry = new InstanceRegistry(clock, services.BuildServiceProvider().GetRequiredService<IOptionsMonitor<RegistryOptions>>(), NullLogger<InstanceRegistry>.Instance);
    }

    [Fact]
    public void A_lease_lives_for_its_duration_once()
    {
        Register("satay-1", lease: 6);
        clock.Pass(seconds: 5.9);
        registry.Expire();
        Count.ShouldBe(1);

        clock.Pass(seconds: 0.2);
        registry.Expire();
        Count.ShouldBe(0);
    }

    [Fact]
    public void It_is_warm_when_everybody_had_time_for_a_heartbeat()
    {
        registry.WarmUpLeft.ShouldBe(TimeSpan.FromSeconds(3));
        clock.Pass(seconds: 3);
        registry.WarmUpLeft.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void A_heartbeat_starts_the_lease_anew()
    {
        Register("satay-1", lease: 6);
        for (var i = 0; i < 5; i++)
        {
            clock.Pass(seconds: 5);
            registry.Renew("satay", "satay-1", "UP", null).ShouldBeTrue();
            registry.Expire();
        }
        Count.ShouldBe(1);
    }

    [Fact]
    public void In_a_small_registry_all_may_die()
    {
        for (var i = 0; i < 9; i++) Register($"satay-{i}", lease: 6);
        clock.Pass(seconds: 7);

        registry.Expire();

        Count.ShouldBe(0);
    }

    [Fact]
    public void In_a_larger_one_many_deaths_at_once_are_not_believed()
    {
        for (var i = 0; i < 20; i++) Register($"satay-{i}", lease: 6);
        clock.Pass(seconds: 5);
        for (var i = 0; i < 16; i++) registry.Renew("satay", $"satay-{i}", "UP", null);
        clock.Pass(seconds: 2);
        registry.Expire();
        Count.ShouldBe(20); // 4 of 20 are more than 15 %

        registry.Renew("satay", "satay-16", "UP", null);
        registry.Expire();
        Count.ShouldBe(17); // 3 are believed
    }

    [Fact]
    public void A_change_is_in_the_delta_for_three_minutes()
    {
        Register("satay-1", lease: 600);
        clock.Pass(seconds: 179);
        registry.Expire();
        registry.Current.Recent.Count.ShouldBe(1);

        clock.Pass(seconds: 2);
        registry.Expire();
        registry.Current.Recent.ShouldBeEmpty();
        Count.ShouldBe(1);
    }

    [Fact]
    public void A_registration_that_comes_late_does_not_undo_a_newer_one()
    {
        registry.Register(new Instance("SATAY", "satay-1", "new") { LastDirtyTimestamp = 2 });
        registry.Register(new Instance("SATAY", "satay-1", "old") { LastDirtyTimestamp = 1 });

        registry.Current.Find("satay-1")!.HostName.ShouldBe("new");
    }

    int Count => registry.Current.Instances.Count;

    void Register(string id, int lease) => registry.Register(new Instance("SATAY", id, "h") { DurationInSecs = lease });

    sealed class Clock : TimeProvider
    {
        DateTimeOffset now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public void Pass(double seconds) => now += TimeSpan.FromSeconds(seconds);

        public override DateTimeOffset GetUtcNow() => now;
    }
}
