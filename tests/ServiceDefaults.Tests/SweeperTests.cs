using Kampung.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Shouldly;

namespace Kampung.ServiceDefaults.Tests;

public sealed class SweeperTests
{
    public sealed class AtticOptions
    {
        public TimeSpan Kept { get; set; } = TimeSpan.FromDays(1);
        public TimeSpan Pause { get; set; } = TimeSpan.FromMilliseconds(50);
    }

    /// <summary>Things by their age, and how many left it in each batch.</summary>
    public sealed class Attic
    {
        readonly Lock gate = new();
        readonly List<DateTimeOffset> things = [];
        readonly List<int> batches = [];

        public bool Locked { get; set; }

        public int Count
        {
            get
            {
                lock (gate) return things.Count;
            }
        }

        public IReadOnlyList<int> Batches
        {
            get
            {
                lock (gate) return [.. batches];
            }
        }

        public void Add(int count, TimeSpan age)
        {
            lock (gate) things.AddRange(Enumerable.Repeat(DateTimeOffset.UtcNow - age, count));
        }

        public static Task<int> Sweep(Attic attic, DateTimeOffset before, int atMost, CancellationToken ct)
        {
            if (attic.Locked) throw new InvalidOperationException("the key is lost");
            lock (attic.gate)
            {
                var old = attic.things.Where(thing => thing < before).Take(atMost).ToList();
                foreach (var thing in old) attic.things.Remove(thing);
                attic.batches.Add(old.Count);
                return Task.FromResult(old.Count);
            }
        }
    }

    readonly Attic attic = new();

    [Fact]
    public async Task What_is_old_goes_batch_by_batch_and_what_is_not_stays()
    {
        attic.Add(25, TimeSpan.FromDays(2));
        attic.Add(3, TimeSpan.Zero);
        await using var app = await StartAsync(new() { ["Attic:Pause"] = "01:00:00" });

        await Eventually.Is(() => attic.Count == 3);
        attic.Batches.ShouldBe([10, 10, 5]);
    }

    [Fact]
    public async Task How_long_things_are_kept_can_change_while_it_runs()
    {
        attic.Add(3, TimeSpan.FromHours(1));
        await using var app = await StartAsync([]);
        await Eventually.Is(() => attic.Batches.Count > 2);
        attic.Count.ShouldBe(3);

        var configuration = (IConfigurationRoot)app.Services.GetRequiredService<IConfiguration>();
        configuration["Attic:Kept"] = "00:01:00";
        configuration.Reload();

        await Eventually.Is(() => attic.Count == 0);
    }

    [Fact]
    public async Task What_fails_is_told_with_its_reason_and_tried_again()
    {
        attic.Add(3, TimeSpan.FromDays(2));
        attic.Locked = true;
        await using var app = await StartAsync([]);
        await Eventually.Is(() => app.Logs.At(LogLevel.Warning).Count(line => line.Contains("things", StringComparison.Ordinal) && line.Contains("the key is lost", StringComparison.Ordinal)) > 1);

        attic.Locked = false;

        await Eventually.Is(() => attic.Count == 0);
    }

    Task<TestApp> StartAsync(Dictionary<string, string> settings) => TestApp.StartAsync(builder =>
    {
        builder.Services.Configure<AtticOptions>(builder.Configuration.GetSection("Attic"));
        builder.Services.AddSingleton(attic);
        builder.AddSweeper<Attic, AtticOptions>("things", Attic.Sweep, keep: options => options.Kept, pause: options => options.Pause, atOnce: 10);
    }, settings: settings);
}
