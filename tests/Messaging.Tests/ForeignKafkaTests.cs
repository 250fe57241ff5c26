using System.Text;
using Kampung.Messaging.Host;
using Kampung.Testing;

namespace Kampung.Messaging.Tests;

/// <summary>Messaging's promise on a Kafka that is not ours: what the services rest on, once each.</summary>
public sealed class ForeignKafkaTests(TestPostgres postgres) : MessagingTest(postgres, Given())
{
    static ForeignKafka Given()
    {
        Assert.SkipUnless(ForeignKafka.IsGiven, ForeignKafka.WhySkipped);
        return new ForeignKafka();
    }

    [Fact]
    public async Task What_is_published_is_heard_in_the_order_of_its_key()
    {
        var service = await StartAsync();
        var notes = Enumerable.Range(0, 8).Select(_ => Guid.CreateVersion7()).ToList();

        for (var number = 1; number <= 25; number++) await PublishAsync(service, [.. notes.Select(note => new NoteWritten(note, number))]);

        foreach (var note in notes)
        {
            await Eventually.Is(async () => (await EffectsAsync(note)).Length == 25);
            (await EffectsAsync(note)).ShouldBe(Enumerable.Range(1, 25));
        }
        await Eventually.Is(async () => await OutboxAsync() == 0);
    }

    [Fact]
    public async Task Duplicates_take_effect_once()
    {
        await StartAsync();
        var note = Guid.CreateVersion7();
        Guid[] ids = [.. Enumerable.Range(0, 3).Select(_ => Guid.CreateVersion7())];

        foreach (var number in (int[])[1, 1, 2, 1, 2, 3]) await ProduceNoteAsync(note, number, ids[number - 1]);

        await Eventually.Is(async () => (await EffectsAsync(note)).Contains(3));
        (await EffectsAsync(note)).ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task What_fails_is_parked_and_keeps_the_order_of_its_key()
    {
        var service = await StartAsync("Messaging:MaxAttempts=1000");
        Guid poisoned = Guid.CreateVersion7(), other = Guid.CreateVersion7();
        await TroubleAsync(poisoned, 2, "fails");

        for (var number = 1; number <= 4; number++) await PublishAsync(service, new NoteWritten(poisoned, number), new NoteWritten(other, number));

        await Eventually.Is(async () => (await EffectsAsync(other)).Length == 4);
        await Eventually.Is(async () => await CountAsync($"""select count(*) as "Value" from parked_messages where state = 'parked'""") == 3);
        await HealAsync(poisoned);
        await Eventually.Is(async () => (await EffectsAsync(poisoned)).Length == 4);
        (await EffectsAsync(poisoned)).ShouldBe([1, 2, 3, 4]);
    }

    [Fact]
    public async Task A_service_that_was_away_hears_what_it_missed_once()
    {
        var note = Guid.CreateVersion7();
        var service = await StartProcessAsync("a");
        await service.Client.PostAsync($"/notes/{note}?count=3", null);
        await Eventually.Is(async () => (await EffectsAsync(note)).Length == 3);
        await service.KillAsync();
        for (var number = 4; number <= 6; number++) await ProduceNoteAsync(note, number);

        await service.StartAgainAsync();

        await Eventually.Is(async () => (await EffectsAsync(note)).Length == 6, within: TimeSpan.FromSeconds(60));
        (await EffectsAsync(note)).ShouldBe([1, 2, 3, 4, 5, 6]);
    }

    [Fact]
    public async Task An_event_carries_its_headers_and_its_trace()
    {
        var service = await StartAsync();
        var note = Guid.CreateVersion7();
        using var request = new System.Diagnostics.Activity("request").SetIdFormat(System.Diagnostics.ActivityIdFormat.W3C).Start();

        await PublishAsync(service, new NoteWritten(note, 1));
        await Eventually.Is(async () => await OutboxAsync() == 0);

        var record = ReadTopic("note-written").Single(record => record.Message.Key == note.ToString());
        var headers = record.Message.Headers.ToDictionary(header => header.Key, header => Encoding.UTF8.GetString(header.GetValueBytes()));
        headers["ce_type"].ShouldBe("kampung.note-written.v1");
        headers["ce_source"].ShouldBe(Service);
        headers["traceparent"].ShouldContain(request.TraceId.ToString());
    }
}
