using System.Text;
using Kampung.Messaging.Host;
using Kampung.Testing;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Messaging.Tests;

/// <summary>From a transaction to the topic.</summary>
public sealed class PublishTests(TestPostgres postgres) : MessagingTest(postgres)
{
    [Fact]
    public async Task A_published_event_is_a_CloudEvent_in_binary_mode()
    {
        var service = await StartAsync();
        var note = Guid.CreateVersion7();

        var id = Guid.Empty;
        await service.InDatabaseAsync(async db =>
        {
            id = db.Publish(new NoteWritten(note, 7));
            await db.SaveChangesAsync();
        });
        await Eventually.Is(async () => await OutboxAsync() == 0);

        var record = ReadTopic("note-written").ShouldHaveSingleItem();
        record.Message.Key.ShouldBe(note.ToString());
        Encoding.UTF8.GetString(record.Message.Value).ShouldBe($$"""{"note":"{{note}}","number":7,"echo":false}""");
        var headers = record.Message.Headers.ToDictionary(header => header.Key, header => Encoding.UTF8.GetString(header.GetValueBytes()));
        headers["ce_specversion"].ShouldBe("1.0");
        headers["ce_id"].ShouldBe(id.ToString());
        headers["ce_type"].ShouldBe("kampung.note-written.v1");
        headers["ce_source"].ShouldBe("notes-service");
        headers["ce_subject"].ShouldBe(note.ToString());
        headers["content-type"].ShouldBe("application/json");
        DateTimeOffset.Parse(headers["ce_time"], null).ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task A_rolled_back_transaction_publishes_nothing()
    {
        var service = await StartAsync();
        Guid undone = Guid.CreateVersion7(), done = Guid.CreateVersion7();

        await service.InDatabaseAsync(async db =>
        {
            await using var transaction = await db.Database.BeginTransactionAsync();
            db.Publish(new NoteWritten(undone, 1));
            await db.SaveChangesAsync();
            await transaction.RollbackAsync();
        });
        await PublishAsync(service, new NoteWritten(done, 1));

        await Eventually.Is(async () => (await EffectsAsync(done)).Length == 1);
        ReadTopic("note-written").ShouldHaveSingleItem().Message.Key.ShouldBe(done.ToString());
    }

    [Fact]
    public async Task Events_of_one_key_arrive_in_the_order_of_their_publication()
    {
        var service = await StartAsync();
        var note = Guid.CreateVersion7();

        for (var first = 1; first <= 200; first += 20)
            await PublishAsync(service, [.. Enumerable.Range(first, 20).Select(number => new NoteWritten(note, number))]);

        await Eventually.Is(async () => (await EffectsAsync(note)).Length == 200);
        (await EffectsAsync(note)).ShouldBe(Enumerable.Range(1, 200));
        await Eventually.Is(async () => await OutboxAsync() == 0);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_commit_wakes_the_relay_at_once(bool inTransaction)
    {
        var service = await StartAsync("Messaging:RelayPoll=00:01:00", "Messaging:RelayLease=00:10:00");
        var note = Guid.CreateVersion7();
        await PublishAsync(service, new NoteWritten(note, 1));
        await Eventually.Is(async () => (await EffectsAsync(note)).Length == 1);

        await service.InDatabaseAsync(async db =>
        {
            await using var transaction = inTransaction ? await db.Database.BeginTransactionAsync() : null;
            db.Publish(new NoteWritten(note, 2));
            await db.SaveChangesAsync();
            if (transaction is not null) await transaction.CommitAsync();
        });

        await Eventually.Is(async () => (await EffectsAsync(note)).Length == 2, within: TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_commit_in_an_instance_that_stands_by_wakes_the_relay_of_the_other()
    {
        string[] noPoll = ["Messaging:RelayPoll=00:01:00", "Messaging:RelayLease=00:10:00"];
        var note = Guid.CreateVersion7();
        var active = await StartAsync(noPoll);
        await PublishAsync(active, new NoteWritten(note, 1));
        await Eventually.Is(async () => (await EffectsAsync(note)).Length == 1);
        var standby = await StartAsync(noPoll);

        await PublishAsync(standby, new NoteWritten(note, 2));

        await Eventually.Is(async () => (await EffectsAsync(note)).Length == 2);
    }

    [Fact]
    public async Task What_nobody_woke_the_relay_for_is_found_by_its_poll()
    {
        await StartAsync("Messaging:RelayPoll=00:00:00.5");
        var note = Guid.CreateVersion7();

        await using var unheard = OpenDatabase();
        unheard.Publish(new NoteWritten(note, 1));
        await unheard.SaveChangesAsync();

        await Eventually.Is(async () => (await EffectsAsync(note)).Length == 1);
    }

    [Fact]
    public async Task An_event_that_the_broker_would_refuse_for_its_size_is_refused_before_it_is_in_the_outbox()
    {
        await using var db = OpenDatabase();
        Should.Throw<ArgumentException>(() => db.Publish(new LongStory(Guid.CreateVersion7(), new string('x', Outbox.MaxBodyBytes))));
        db.ChangeTracker.Entries().ShouldBeEmpty();
    }

    [Topic("long-story")]
    sealed record LongStory(Guid Subject, string Text) : IEvent;

    [Fact]
    public async Task The_broker_may_be_away_and_come_back()
    {
        var service = await StartAsync();
        var note = Guid.CreateVersion7();
        await PublishAsync(service, new NoteWritten(note, 1));
        await Eventually.Is(async () => (await EffectsAsync(note)).Length == 1);

        await Broker.KillAsync();
        for (var number = 2; number <= 20; number++) await PublishAsync(service, new NoteWritten(note, number));
        (await OutboxAsync()).ShouldBeGreaterThan(0);
        await Broker.StartAgainAsync();

        await Eventually.Is(async () => (await EffectsAsync(note)).Length == 20);
        (await EffectsAsync(note)).ShouldBe(Enumerable.Range(1, 20));
        await Eventually.Is(async () => await OutboxAsync() == 0);
    }
}
