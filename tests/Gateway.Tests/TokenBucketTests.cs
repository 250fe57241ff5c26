using Kampung.Gateway.Limits;

namespace Kampung.Gateway.Tests;

/// <summary>The buckets by themselves, with a clock that stands until it is moved.</summary>
public sealed class TokenBucketTests
{
    static readonly Budget Five = new() { Rate = 2, Burst = 5 };

    readonly Clock clock = new();

    [Fact]
    public void A_bucket_gives_its_burst_at_once_and_its_rate_from_then_on()
    {
        var buckets = new TokenBuckets(100, clock);
        for (var left = 4; left >= 0; left--)
            buckets.Take(Client("a"), Five).ShouldBe(new Taken(true, left, TimeSpan.Zero, TimeSpan.FromSeconds((5 - left) / 2.0)));

        buckets.Take(Client("a"), Five).ShouldBe(new Taken(false, 0, TimeSpan.FromSeconds(0.5), TimeSpan.FromSeconds(2.5)));
        buckets.Take(Client("b"), Five).Remaining.ShouldBe(4);
        buckets.Take(Client("a") with { Budget = BudgetKind.Ordering }, Five).Remaining.ShouldBe(4);

        clock.Move(TimeSpan.FromSeconds(0.5));
        buckets.Take(Client("a"), Five).Allowed.ShouldBeTrue();
        buckets.Take(Client("a"), Five).Allowed.ShouldBeFalse();
        clock.Move(TimeSpan.FromHours(1));
        buckets.Take(Client("a"), Five).Remaining.ShouldBe(4);
    }

    [Fact]
    public void A_budget_that_changes_holds_from_the_next_request_on()
    {
        var buckets = new TokenBuckets(100, clock);
        for (var i = 0; i < 5; i++) buckets.Take(Client("a"), Five);

        buckets.Take(Client("a"), new Budget { Rate = 2, Burst = 10 }).Remaining.ShouldBe(4);
        buckets.Take(Client("a"), new Budget { Rate = 1, Burst = 1 }).ShouldBe(new Taken(false, 0, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1)));
        clock.Move(TimeSpan.FromSeconds(1));
        buckets.Take(Client("a"), new Budget { Rate = 1, Burst = 1 }).Allowed.ShouldBeTrue();
    }

    [Fact]
    public void Ten_thousand_clients_have_no_more_places_than_there_are_and_who_is_refused_stays_refused()
    {
        var buckets = new TokenBuckets(640, clock);
        for (var i = 0; i < 5; i++) buckets.Take(Client("greedy"), Five);

        for (var i = 0; i < 10_000; i++)
        {
            buckets.Take(Client($"client {i}"), Five).Allowed.ShouldBeTrue();
            clock.Move(TimeSpan.FromMilliseconds(0.01));
            buckets.Take(Client("greedy"), Five).Allowed.ShouldBeFalse();
        }

        buckets.Count.ShouldBeLessThanOrEqualTo(640);
        buckets.Count.ShouldBeGreaterThan(600);
    }

    [Fact]
    public void Clients_at_once_take_no_more_than_there_is()
    {
        var buckets = new TokenBuckets(64, clock);
        var allowed = 0;

        Parallel.For(0, 1000, _ =>
        {
            if (buckets.Take(Client("a"), new Budget { Rate = 1, Burst = 100 }).Allowed) Interlocked.Increment(ref allowed);
        });

        allowed.ShouldBe(100);
    }

    static ClientKey Client(string subject) => new(BudgetKind.Browsing, 0, subject);

    sealed class Clock : TimeProvider
    {
        long now = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => now;

        public void Move(TimeSpan by) => now += by.Ticks;
    }
}
