using Kampung.Testing;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Messaging.Tests;

/// <summary>Several instances of one service, as real processes that are killed, frozen and started again.</summary>
public sealed class InstanceTests(TestPostgres postgres) : MessagingTest(postgres)
{
    // Offsets are then committed only when a partition is handed over in good order, never before a kill.
    const string NoOffsetCommit = "Kafka:Properties:auto.commit.interval.ms=3600000";

    [Fact]
    public async Task Killed_between_commit_and_publish_the_event_is_published_after_the_restart()
    {
        var note = Guid.CreateVersion7();
        await Broker.StopAsync();
        var service = await StartProcessAsync("a");
        await service.Client.PostAsync($"/notes/{note}?count=3", null);
        (await OutboxAsync()).ShouldBe(3);
        await service.KillAsync();

        await Broker.StartAgainAsync();
        await service.StartAgainAsync();

        await Eventually.Is(async () => (await EffectsAsync(note)).Length == 3);
        (await EffectsAsync(note)).ShouldBe([1, 2, 3]);
        await Eventually.Is(async () => await OutboxAsync() == 0);
    }

    [Fact]
    public async Task Killed_before_the_broker_could_acknowledge_the_event_takes_effect_once()
    {
        var note = Guid.CreateVersion7();
        var service = await StartProcessAsync("a");
        await service.Client.PostAsync($"/notes/{note}", null);
        await Eventually.Is(async () => await OutboxAsync() == 0 && (await EffectsAsync(note)).Length == 1);

        // The frozen broker finds the records in its socket when it goes on, and the restarted relay sends them again.
        Broker.Process.Pause();
        await service.Client.PostAsync($"/notes/{note}?from=2&count=3", null);
        await Eventually.Is(() => HasUnreadBytes(new Uri($"tcp://{Broker.BootstrapServers}").Port));
        await service.KillAsync();
        Broker.Process.Resume();
        await service.StartAgainAsync();

        await Eventually.Is(async () => await OutboxAsync() == 0 && (await EffectsAsync(note)).Length == 4);
        (await EffectsAsync(note)).ShouldBe([1, 2, 3, 4]);
        ReadTopic("note-written").Count.ShouldBeGreaterThanOrEqualTo(4);
    }

    [Fact]
    public async Task Killed_between_handling_and_offset_commit_the_event_takes_effect_once()
    {
        var note = Guid.CreateVersion7();
        var service = await StartProcessAsync("a", NoOffsetCommit);
        await service.Client.PostAsync($"/notes/{note}?count=5", null);
        await Eventually.Is(async () => (await EffectsAsync(note)).Length == 5);
        await service.KillAsync();
        CommittedOffsets().ShouldBe(0);

        await service.StartAgainAsync();
        await service.Client.PostAsync($"/notes/{note}?from=6", null);

        await Eventually.Is(async () => (await EffectsAsync(note)).Contains(6));
        (await EffectsAsync(note)).ShouldBe([1, 2, 3, 4, 5, 6]);
    }

    [Fact]
    public async Task Killed_while_a_handler_runs_nothing_of_it_stays_and_the_event_takes_effect_later()
    {
        var note = Guid.CreateVersion7();
        await TroubleAsync(note, 1, "hangs");
        var service = await StartProcessAsync("a");
        await service.Client.PostAsync($"/notes/{note}?count=2", null);
        await Eventually.Is(async () => await CountAsync($"""select count(*) as "Value" from pg_stat_activity where datname = current_database() and state = 'idle in transaction'""") == 1);
        await service.KillAsync();
        (await EffectsAsync(note)).ShouldBeEmpty();

        await HealAsync(note);
        await service.StartAgainAsync();

        await Eventually.Is(async () => (await EffectsAsync(note)).Length == 2);
        (await EffectsAsync(note)).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task Two_instances_have_one_relay_and_the_other_takes_over_when_it_is_killed()
    {
        var note = Guid.CreateVersion7();
        var active = await StartProcessAsync("a", "Messaging:RelayLease=00:01:00");
        await Eventually.Is(() => IsActive(active));
        var standby = await StartProcessAsync("b", "Messaging:RelayLease=00:01:00");

        await standby.Client.PostAsync($"/notes/{note}?count=3", null);
        await Eventually.Is(async () => (await EffectsAsync(note)).Length == 3);
        IsActive(standby).ShouldBeFalse();
        (await CountAsync(Relays)).ShouldBe(1);

        await active.KillAsync();
        await Eventually.Is(() => IsActive(standby), within: TimeSpan.FromSeconds(10));
        await standby.Client.PostAsync($"/notes/{note}?from=4", null);
        await Eventually.Is(async () => await OutboxAsync() == 0);
        await Eventually.Is(async () => (await EffectsAsync(note)).Length == 4);
    }

    [Fact]
    public async Task A_frozen_relay_loses_its_place_and_does_no_harm_when_it_thaws()
    {
        var note = Guid.CreateVersion7();
        var active = await StartProcessAsync("a", "Messaging:RelayLease=00:00:02");
        await Eventually.Is(() => IsActive(active));
        var standby = await StartProcessAsync("b", "Messaging:RelayLease=00:00:02");

        active.Pause();
        await Eventually.Is(() => IsActive(standby), within: TimeSpan.FromSeconds(15));
        await standby.Client.PostAsync($"/notes/{note}?count=5", null);
        await Eventually.Is(async () => await OutboxAsync() == 0);
        active.Resume();
        await active.Client.PostAsync($"/notes/{note}?from=6&count=5", null);

        await Eventually.Is(async () => (await EffectsAsync(note)).Length == 10);
        (await EffectsAsync(note)).ShouldBe(Enumerable.Range(1, 10));
        (await CountAsync(Relays)).ShouldBe(1);
    }

    [Fact]
    public async Task Two_instances_share_the_events_and_each_takes_effect_once()
    {
        ServiceProcess first = await StartProcessAsync("a"), second = await StartProcessAsync("b");
        var notes = Enumerable.Range(0, 40).Select(_ => Guid.CreateVersion7()).ToList();
        foreach (var note in notes[..20]) await first.Client.PostAsync($"/notes/{note}?count=5", null);

        // One more member while events flow, then one less, without goodbye.
        var third = await StartProcessAsync("c", NoOffsetCommit);
        foreach (var note in notes[20..]) await second.Client.PostAsync($"/notes/{note}?count=5", null);
        // On a quick machine the first instance is through with all of it before the others have their partitions.
        await Eventually.Is(async () =>
        {
            notes.Add(Guid.CreateVersion7());
            await second.Client.PostAsync($"/notes/{notes[^1]}?count=5", null);
            return (await InstancesAsync()).Count >= 2;
        });
        await third.KillAsync();

        await Eventually.Is(async () => await CountAsync($"""select count(*) as "Value" from effects""") >= notes.Count * 5);
        foreach (var note in notes) (await EffectsAsync(note)).ShouldBe([1, 2, 3, 4, 5]);
    }

    static FormattableString Relays => $"""
        select count(*) as "Value" from pg_locks where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())
        """;

    static bool IsActive(ServiceProcess service) => service.Logs.Any(line => line.Contains("relay of notes-service is active", StringComparison.Ordinal));

    async Task<List<string>> InstancesAsync()
    {
        await using var db = OpenDatabase();
        return await db.Effects.Select(effect => effect.Instance).Distinct().ToListAsync();
    }

    /// <summary>The receive queue of an established connection of the port, from the kernel's own table.</summary>
    static bool HasUnreadBytes(int port) => File.ReadLines("/proc/net/tcp").Skip(1)
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Any(connection => connection[1].EndsWith($":{port:X4}", StringComparison.Ordinal) && connection[3] == "01" && !connection[4].EndsWith(":00000000", StringComparison.Ordinal));
}
