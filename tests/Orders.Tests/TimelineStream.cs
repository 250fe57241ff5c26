using System.Globalization;
using System.Text.Json;

namespace Kampung.Orders.Tests;

/// <summary>A reader of an order's server-sent events.</summary>
sealed class TimelineStream(StreamReader reader) : IDisposable
{
    public int LastId { get; private set; }

    public static async Task<TimelineStream> OpenAsync(Shop shop, Customer customer, Guid order, int? lastEventId = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, $"/orders/{order}/events");
        if (lastEventId is not null) request.Headers.Add("Last-Event-ID", $"{lastEventId}");
        var answer = await shop.SendAsync(customer, request);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        return new(new StreamReader(await answer.Content.ReadAsStreamAsync()));
    }

    /// <summary>
    /// What the next event says happened; null at the end of the stream. Left out are facts, failed attempts, which a busy machine may see, and the answers of
    /// kitchen and delivery, which are not noted when they have told everybody before.
    /// </summary>
    public async Task<string?> ReadAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await reader.ReadLineAsync(patience.Token) is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal)) LastId = int.Parse(line[4..], CultureInfo.InvariantCulture);
            if (!line.StartsWith("data: ", StringComparison.Ordinal)) continue;
            var entry = JsonSerializer.Deserialize<Entry>(line[6..], Shop.Json)!;
            entry.Sequence.ShouldBe(LastId);
            if (entry.Topic is null && entry.What is not ("prepared" or "delivery accepted") && !entry.What.EndsWith(" failed", StringComparison.Ordinal)) return entry.What;
        }
        return null;
    }

    public void Dispose() => reader.Dispose();
}
