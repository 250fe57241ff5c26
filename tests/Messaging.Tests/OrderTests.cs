using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Kampung.Messaging.Host;
using Kampung.Testing;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Messaging.Tests;

/// <summary>What fails is parked, keeps the order of its key, holds up nobody else and is never lost.</summary>
public sealed class OrderTests(TestPostgres postgres) : MessagingTest(postgres)
{
    const string NeverGivesUp = "Messaging:MaxAttempts=1000", GivesUpSoon = "Messaging:MaxAttempts=4";

    [Fact]
    public async Task A_poisoned_key_holds_up_no_other_and_keeps_its_own_order()
    {
        var service = await StartAsync(NeverGivesUp);
        var poisoned = Guid.CreateVersion7();
        var others = Enumerable.Range(0, 10).Select(_ => Guid.CreateVersion7()).ToList();
        await TroubleAsync(poisoned, 2, "fails");

        for (var number = 1; number <= 5; number++)
            await PublishAsync(service, [new NoteWritten(poisoned, number), .. others.Select(note => new NoteWritten(note, number))]);

        foreach (var other in others) await Eventually.Is(async () => (await EffectsAsync(other)).SequenceEqual(new[] { 1, 2, 3, 4, 5 }));
        (await EffectsAsync(poisoned)).ShouldBe([1]);
        await Eventually.Is(async () => await CountAsync($"""select count(*) as "Value" from parked_messages where state = 'parked'""") == 4);
        using var operators = service.CreateClient();
        await Eventually.Is(async () => await operators.GetFromJsonAsync<DeadLetters.OutboxView>("/outbox") == new DeadLetters.OutboxView(0, null, Parked: 4));

        await HealAsync(poisoned);
        await Eventually.Is(async () => (await EffectsAsync(poisoned)).Length == 5);
        (await EffectsAsync(poisoned)).ShouldBe([1, 2, 3, 4, 5]);
        (await CountAsync($"""select count(*) as "Value" from parked_messages""")).ShouldBe(0);
    }

    [Fact]
    public async Task A_failure_that_passes_is_retried_in_place_and_never_parked()
    {
        var service = await StartAsync("Messaging:ImmediateAttempts=100", "Messaging:ImmediateDelay=00:00:00.050", NeverGivesUp);
        var note = Guid.CreateVersion7();
        await TroubleAsync(note, 1, "fails");
        await PublishAsync(service, new NoteWritten(note, 1), new NoteWritten(note, 2));
        await Eventually.Is(async () => await OutboxAsync() == 0);
        await HealAsync(note);

        await Eventually.Is(async () => (await EffectsAsync(note)).Length == 2);
        (await EffectsAsync(note)).ShouldBe([1, 2]);
        (await CountAsync($"""select last_value as "Value" from parked_messages_id_seq""")).ShouldBe(1);
        (await CountAsync($"""select count(*) as "Value" from parked_messages""")).ShouldBe(0);
    }

    [Fact]
    public async Task After_the_last_attempt_it_is_a_dead_letter_and_its_key_waits_until_it_is_replayed()
    {
        var service = await StartAsync(GivesUpSoon);
        using var operators = service.CreateClient();
        Guid note = Guid.CreateVersion7(), other = Guid.CreateVersion7();
        await TroubleAsync(note, 1, "fails");
        await PublishAsync(service, new NoteWritten(note, 1), new NoteWritten(note, 2), new NoteWritten(note, 3), new NoteWritten(other, 1));

        var dead = (await Eventually.Get(async () => (await operators.GetFromJsonAsync<DeadLetters.DeadLetterPage>("/dead-letters"))!.Items.SingleOrDefault()))!;
        dead.Attempts.ShouldBe(4);
        dead.Error!.ShouldContain("note 1 cannot be taken");
        dead.Key.ShouldBe(note.ToString());
        dead.Type.ShouldBe("kampung.note-written.v1");
        dead.Source.ShouldBe("notes-service");
        dead.Unreadable.ShouldBeFalse();
        await Eventually.Is(async () => (await operators.GetFromJsonAsync<DeadLetters.DeadLetterPage>("/dead-letters"))!.Items[0].Waiting == 2);
        await Eventually.Is(async () => (await EffectsAsync(other)).Length == 1);
        (await EffectsAsync(note)).ShouldBeEmpty();

        var details = (await operators.GetFromJsonAsync<DeadLetters.DeadLetterDetails>($"/dead-letters/{dead.Id}"))!;
        details.Body!.Value.GetProperty("number").GetInt32().ShouldBe(1);
        details.Headers["ce_id"].ShouldBe(dead.Id.ToString());

        await HealAsync(note);
        (await operators.PostAsync($"/dead-letters/{dead.Id}/replay", null)).StatusCode.ShouldBe(HttpStatusCode.Accepted);
        await Eventually.Is(async () => (await EffectsAsync(note)).Length == 3);
        (await EffectsAsync(note)).ShouldBe([1, 2, 3]);
        (await operators.GetFromJsonAsync<DeadLetters.DeadLetterPage>("/dead-letters"))!.Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_discarded_dead_letter_lets_its_key_go_on()
    {
        var service = await StartAsync(GivesUpSoon);
        using var operators = service.CreateClient();
        var note = Guid.CreateVersion7();
        await TroubleAsync(note, 1, "fails");
        await PublishAsync(service, new NoteWritten(note, 1), new NoteWritten(note, 2), new NoteWritten(note, 3));
        var dead = (await Eventually.Get(async () => (await operators.GetFromJsonAsync<DeadLetters.DeadLetterPage>("/dead-letters"))!.Items.SingleOrDefault()))!;

        (await operators.PostAsync($"/dead-letters/{dead.Id}/discard", null)).StatusCode.ShouldBe(HttpStatusCode.NoContent);

        await Eventually.Is(async () => (await EffectsAsync(note)).Length == 2);
        (await EffectsAsync(note)).ShouldBe([2, 3]);
        (await operators.PostAsync($"/dead-letters/{dead.Id}/discard", null)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Operators_are_told_what_is_not_a_dead_letter()
    {
        var service = await StartAsync(NeverGivesUp, "Messaging:ParkedDelay=00:10:00", "Messaging:MaxParkedDelay=00:10:00");
        using var operators = service.CreateClient();
        var note = Guid.CreateVersion7();
        await TroubleAsync(note, 1, "fails");
        await PublishAsync(service, new NoteWritten(note, 1));
        await using var db = OpenDatabase();
        var parked = await Eventually.Get(async () => (await db.Set<ParkedMessage>().AsNoTracking().SingleOrDefaultAsync())!);

        foreach (var verb in (string[])["replay", "discard"])
        {
            await IsProblem(await operators.PostAsync($"/dead-letters/{parked.EventId}/{verb}", null), HttpStatusCode.Conflict, "not-dead");
            await IsProblem(await operators.PostAsync($"/dead-letters/{Guid.CreateVersion7()}/{verb}", null), HttpStatusCode.NotFound, "not-found");
        }
        await IsProblem(await operators.GetAsync($"/dead-letters/{parked.EventId}"), HttpStatusCode.NotFound, "not-found");
        await IsProblem(await operators.GetAsync("/dead-letters?cursor=x"), HttpStatusCode.BadRequest, "validation");
        await IsProblem(await operators.GetAsync("/dead-letters?limit=0"), HttpStatusCode.BadRequest, "validation");
        (await CountAsync($"""select count(*) as "Value" from parked_messages""")).ShouldBe(1);
    }

    [Fact]
    public async Task Dead_letters_are_listed_page_by_page()
    {
        var service = await StartAsync();
        using var operators = service.CreateClient();
        for (var i = 0; i < 5; i++) await ProduceAsync(Guid.CreateVersion7().ToString(), "{"u8.ToArray());
        await Eventually.Is(async () => (await operators.GetFromJsonAsync<DeadLetters.DeadLetterPage>("/dead-letters"))!.Items.Count == 5);

        var ids = new List<Guid>();
        for (string? cursor = "", path = "/dead-letters?limit=2"; cursor is not null; path = $"/dead-letters?limit=2&cursor={cursor}")
        {
            var page = (await operators.GetFromJsonAsync<DeadLetters.DeadLetterPage>(path))!;
            page.Items.Count.ShouldBeInRange(1, 2);
            ids.AddRange(page.Items.Select(item => item.Id));
            cursor = page.Next;
        }
        ids.Distinct().Count().ShouldBe(5);
    }

    [Fact]
    public async Task A_dead_letter_that_fails_again_when_replayed_is_dead_again()
    {
        var service = await StartAsync(GivesUpSoon);
        using var operators = service.CreateClient();
        var note = Guid.CreateVersion7();
        await TroubleAsync(note, 1, "fails");
        await PublishAsync(service, new NoteWritten(note, 1));
        var dead = (await Eventually.Get(async () => (await operators.GetFromJsonAsync<DeadLetters.DeadLetterPage>("/dead-letters"))!.Items.SingleOrDefault()))!;

        (await operators.PostAsync($"/dead-letters/{dead.Id}/replay", null)).StatusCode.ShouldBe(HttpStatusCode.Accepted);

        await Eventually.Is(async () => (await CountAsync($"""select count(*) as "Value" from parked_messages where state = 'parked'""")) == 1);
        await Eventually.Is(async () => (await operators.GetFromJsonAsync<DeadLetters.DeadLetterPage>("/dead-letters"))!.Items.SingleOrDefault()?.Attempts == 4);
    }

    [Fact]
    public async Task What_waits_in_the_outbox_can_be_asked()
    {
        await Broker.StopAsync();
        var service = await StartAsync();
        using var operators = service.CreateClient();
        (await operators.GetFromJsonAsync<DeadLetters.OutboxView>("/outbox")).ShouldBe(new DeadLetters.OutboxView(0, null, 0));

        await PublishAsync(service, new NoteWritten(Guid.CreateVersion7(), 1), new NoteWritten(Guid.CreateVersion7(), 1));

        var outbox = (await operators.GetFromJsonAsync<DeadLetters.OutboxView>("/outbox"))!;
        outbox.Waiting.ShouldBe(2);
        outbox.Oldest!.Value.ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task A_parked_message_is_in_one_pair_of_hands()
    {
        await using var prober = OpenDatabase();
        var first = await StartAsync("Messaging:ParkedPoll=00:00:00.050", NeverGivesUp);
        await StartAsync("Messaging:ParkedPoll=00:00:00.050", NeverGivesUp);
        var notes = Enumerable.Range(0, 10).Select(_ => Guid.CreateVersion7()).ToList();
        foreach (var note in notes) await TroubleAsync(note, 1, "fails");
        foreach (var note in notes) await PublishAsync(first, new NoteWritten(note, 1), new NoteWritten(note, 2), new NoteWritten(note, 3));
        await Eventually.Is(async () => await CountAsync($"""select count(*) as "Value" from parked_messages""") == 30);

        foreach (var note in notes) await HealAsync(note);

        await Eventually.Is(async () => await CountAsync($"""select count(*) as "Value" from parked_messages""") == 0);
        foreach (var note in notes) (await EffectsAsync(note)).ShouldBe([1, 2, 3]);
    }

    static async Task IsProblem(HttpResponseMessage response, HttpStatusCode status, string slug)
    {
        response.StatusCode.ShouldBe(status);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("type").GetString().ShouldBe($"https://kampung.dev/problems/{slug}");
    }
}
