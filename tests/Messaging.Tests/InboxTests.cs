using Kampung.Testing;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Messaging.Tests;

/// <summary>Once, however often an event comes; together, when many have come.</summary>
public sealed class InboxTests(TestPostgres postgres) : MessagingTest(postgres)
{
    [Fact]
    public async Task Duplicates_take_effect_once_also_out_of_order()
    {
        await StartAsync();
        var note = Guid.CreateVersion7();
        Guid[] ids = [.. Enumerable.Range(0, 4).Select(_ => Guid.CreateVersion7())];

        foreach (var number in (int[])[1, 1, 2, 1, 3, 2, 2, 1, 3, 4]) await ProduceNoteAsync(note, number, ids[number - 1]);

        await Eventually.Is(async () => (await EffectsAsync(note)).Contains(4));
        (await EffectsAsync(note)).ShouldBe([1, 2, 3, 4]);
    }

    [Fact]
    public async Task Duplicates_within_one_batch_take_effect_once()
    {
        await CreateTopicAsync();
        var note = Guid.CreateVersion7();
        var id = Guid.CreateVersion7();
        for (var copy = 0; copy < 5; copy++) await ProduceNoteAsync(note, 1, id);
        await ProduceNoteAsync(note, 2);

        await StartAsync();

        await Eventually.Is(async () => (await EffectsAsync(note)).Contains(2));
        (await EffectsAsync(note)).ShouldBe([1, 2]);
    }

    [Fact]
    public async Task A_backlog_is_handled_in_fewer_transactions_than_it_has_events()
    {
        await CreateTopicAsync();
        var notes = Enumerable.Range(0, 10).Select(_ => Guid.CreateVersion7()).ToList();
        for (var number = 1; number <= 20; number++)
            await Task.WhenAll(notes.Select(note => ProduceNoteAsync(note, number)));

        await StartAsync();

        await Eventually.Is(async () => await EffectCountAsync() == 200);
        foreach (var note in notes) (await EffectsAsync(note)).ShouldBe(Enumerable.Range(1, 20));
        (await TransactionsAsync()).ShouldBeLessThan(100);
    }

    [Fact]
    public async Task One_failing_event_does_not_take_its_batch_with_it()
    {
        await CreateTopicAsync();
        Guid bad = Guid.CreateVersion7(), good = Guid.CreateVersion7();
        await TroubleAsync(bad, 2, "fails");
        for (var number = 1; number <= 10; number++)
        {
            await ProduceNoteAsync(good, number);
            await ProduceNoteAsync(bad, number);
        }

        await StartAsync("Messaging:MaxAttempts=1000");

        await Eventually.Is(async () => (await EffectsAsync(good)).Length == 10);
        (await EffectsAsync(good)).ShouldBe(Enumerable.Range(1, 10));
        await Eventually.Is(async () => await CountAsync($"""select count(*) as "Value" from parked_messages""") == 9);
        await HealAsync(bad);
        await Eventually.Is(async () => (await EffectsAsync(bad)).Length == 10);
        (await EffectsAsync(bad)).ShouldBe(Enumerable.Range(1, 10));
    }

    [Fact]
    public async Task A_handler_that_swallows_a_database_error_has_failed_all_the_same()
    {
        await StartAsync("Messaging:MaxAttempts=3");
        var note = Guid.CreateVersion7();
        await TroubleAsync(note, 1, "swallows");
        await ProduceNoteAsync(note, 1);

        await Eventually.Is(async () => await CountAsync($"""select count(*) as "Value" from parked_messages where state = 'dead'""") == 1);
        (await EffectsAsync(note)).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_inbox_forgets_what_is_older_than_its_retention()
    {
        var note = Guid.CreateVersion7();
        await using var db = OpenDatabase();
        db.AddRange(Enumerable.Range(0, 10).Select(_ => new InboxEntry { Consumer = "notes-service", EventId = Guid.CreateVersion7(), HandledAt = DateTimeOffset.UtcNow.AddDays(-8) }));
        await db.SaveChangesAsync();

        await StartAsync("Messaging:InboxRetention=7.00:00:00", "Messaging:InboxSweep=00:00:00.2");
        await ProduceNoteAsync(note, 1);

        await Eventually.Is(async () => (await EffectsAsync(note)).Length == 1);
        await Eventually.Is(async () => await db.Set<InboxEntry>().CountAsync() == 1);
    }

    [Fact]
    public async Task A_database_that_is_away_costs_no_event()
    {
        var note = Guid.CreateVersion7();
        await StartAsync();
        await ProduceNoteAsync(note, 1);
        await Eventually.Is(async () => (await EffectsAsync(note)).Length == 1);

        // Every session of the service is cut, again and again while events come in; the server's own, such as autovacuum, are not its to cut.
        for (var number = 2; number <= 10; number++)
        {
            await CountAsync($"""select count(pg_terminate_backend(pid)) as "Value" from pg_stat_activity where datname = current_database() and usename = current_user and pid <> pg_backend_pid()""");
            await ProduceNoteAsync(note, number);
        }

        await Eventually.Is(async () => (await EffectsAsync(note)).Length == 10);
        (await EffectsAsync(note)).ShouldBe(Enumerable.Range(1, 10));
    }

    Task<long> EffectCountAsync() => CountAsync($"""select count(*) as "Value" from effects""");

    /// <summary>Different inserting transactions among the effects.</summary>
    Task<long> TransactionsAsync() => CountAsync($"""select count(distinct xmin::text) as "Value" from effects""");
}
