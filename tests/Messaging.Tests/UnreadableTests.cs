using System.Net;
using System.Net.Http.Json;
using System.Text;
using Kampung.Testing;

namespace Kampung.Messaging.Tests;

/// <summary>Records that are no event of ours.</summary>
public sealed class UnreadableTests(TestPostgres postgres) : MessagingTest(postgres)
{
    static readonly Guid Note = Guid.CreateVersion7();

    [Fact]
    public async Task Each_becomes_a_dead_letter_at_once_and_the_consumer_goes_on()
    {
        var good = $$"""{"note":"{{Note}}","number":1}""";
        var records = new (string Reason, string? Key, byte[]? Body, (string, string?)[] Headers)[]
        {
            ("The body is not a", "k", [0xFF, 0x00, 0xC3, 0x28], []),
            ("The body is not a", "\0", "\0"u8.ToArray(), [("x", "\0")]),
            ("The body is not a", null, null, []),
            ("The body is not a", "k", "{"u8.ToArray(), []),
            ("The body is not a", "k", Encoding.UTF8.GetBytes($$"""{"note":"{{Note}}"}"""), []),
            ("The body is not a", "k", Encoding.UTF8.GetBytes($$"""{"note":"{{Note}}","number":"one"}"""), []),
            ("The body is not a", "k", Encoding.UTF8.GetBytes($$"""{"note":null,"number":1}"""), []),
            ("The body is null", "k", "null"u8.ToArray(), []),
            ("ce_id is missing", "k", Encoding.UTF8.GetBytes(good), [("ce_id", null)]),
            ("ce_id is '17'", "k", Encoding.UTF8.GetBytes(good), [("ce_id", "17")]),
            ("ce_source is missing", "k", Encoding.UTF8.GetBytes(good), [("ce_source", null)]),
            ("ce_type is missing", "k", Encoding.UTF8.GetBytes(good), [("ce_type", null)]),
            ("Nobody here handles", "k", Encoding.UTF8.GetBytes(good), [("ce_type", "kampung.note-written.v9")]),
            ("CloudEvents 2.0", "k", Encoding.UTF8.GetBytes(good), [("ce_specversion", "2.0")]),
        };
        var service = await StartAsync();
        foreach (var record in records) await ProduceAsync(record.Key, record.Body, record.Headers);
        await ProduceAsync("k", Encoding.UTF8.GetBytes(good));

        await Eventually.Is(async () => (await EffectsAsync(Note)).Length == 1);
        using var operators = service.CreateClient();
        await Eventually.Is(async () => (await operators.GetFromJsonAsync<DeadLetters.DeadLetterPage>("/dead-letters"))!.Items.Count == records.Length);
        var letters = (await operators.GetFromJsonAsync<DeadLetters.DeadLetterPage>("/dead-letters"))!.Items;
        letters.ShouldAllBe(letter => letter.Unreadable && letter.Attempts == 0 && letter.Waiting == 0);
        foreach (var group in records.GroupBy(record => record.Reason))
            letters.Count(letter => letter.Error!.Contains(group.Key, StringComparison.Ordinal)).ShouldBe(group.Count(), group.Key);

        var garbage = letters.First(letter => letter.Error!.StartsWith("The body is not", StringComparison.Ordinal) && letter.Key == "k" && letter.Offset == 0);
        (await operators.GetFromJsonAsync<DeadLetters.DeadLetterDetails>($"/dead-letters/{garbage.Id}"))!.BodyBase64.ShouldBe([0xFF, 0x00, 0xC3, 0x28]);
    }

    [Fact]
    public async Task One_without_an_id_is_a_dead_letter_once_however_often_it_is_read()
    {
        await CreateTopicAsync();
        await ProduceAsync("k", "{}"u8.ToArray(), ("ce_id", null));
        await using (await StartAsync("Kafka:Properties:auto.commit.interval.ms=3600000", "Kafka:Properties:enable.auto.commit=false"))
            await Eventually.Is(async () => await DeadLettersAsync() == 1);

        await StartAsync();
        await ProduceAsync("k", "{}"u8.ToArray(), ("ce_id", null));

        await Eventually.Is(async () => await DeadLettersAsync() >= 2);
        (await DeadLettersAsync()).ShouldBe(2);
    }

    [Fact]
    public async Task One_that_is_replayed_and_still_unreadable_is_a_dead_letter_again()
    {
        var service = await StartAsync();
        using var operators = service.CreateClient();
        await ProduceAsync("k", "{}"u8.ToArray());
        var letter = (await Eventually.Get(async () => (await operators.GetFromJsonAsync<DeadLetters.DeadLetterPage>("/dead-letters"))!.Items.SingleOrDefault()))!;

        (await operators.PostAsync($"/dead-letters/{letter.Id}/replay", null)).StatusCode.ShouldBe(HttpStatusCode.Accepted);

        await Eventually.Is(async () => await CountAsync($"""select count(*) as "Value" from parked_messages where state = 'unreadable' and attempts = 1""") == 1);
    }

    Task<long> DeadLettersAsync() => CountAsync($"""select count(*) as "Value" from parked_messages where state = 'unreadable'""");
}
