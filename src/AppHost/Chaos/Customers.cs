using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace Kampung.AppHost.Chaos;

/// <summary>What became of a wish.</summary>
/// <param name="OrderId">The order that the customer was told of; null when nobody ever answered.</param>
/// <param name="Others">Other ids that the same Idempotency-Key was answered with: there must be none.</param>
/// <param name="Attempts">Requests until the first one that was answered.</param>
/// <param name="Took">From the first request to the first answer.</param>
public sealed record Bought(
    Wish Wish, Guid CustomerId, Guid? OrderId, IReadOnlyList<Guid> Others, int Attempts, TimeSpan Took, string? Refusal, string? Cancelled);

/// <summary>
/// Customers who see nothing but the gateway, and who do what a good client does: the same request with the same Idempotency-Key again, with growing pauses, until there is an answer.
/// </summary>
sealed class Customers(HttpClient gateway, VillageTokens tokens, Stopwatch clock) : IDisposable
{
    static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(20), FirstPause = TimeSpan.FromMilliseconds(200), LongestPause = TimeSpan.FromSeconds(3), Patience = TimeSpan.FromMinutes(3);

    // So that a second run on the same village places orders of its own.
    readonly string run = Guid.NewGuid().ToString("N")[..8];
    readonly ConcurrentDictionary<string, int> failures = new();
    List<(Guid Id, Guid AddressId)> customers = [];
    List<Guid> catalogue = [];
    int answered;

    /// <summary>Requests that got no answer, or none that settled anything, and were sent again; by reason.</summary>
    public IReadOnlyDictionary<string, int> Failures => failures;

    public int Answered => answered;

    public int Prepared { get; private set; }

    public int Stocked => catalogue.Count - Prepared;

    public async Task RegisterAsync(int count, CancellationToken stop)
    {
        for (var i = 0; i < count; i++)
        {
            customers.Add(await tokens.MoveInAsync(gateway, $"Customer {i + 1}", $"customer-{i + 1}.{run}@example.com", stop));
        }
    }

    /// <summary>One variant of each product: the prepared ones first, each kind in the order of titles.</summary>
    public async Task ReadCatalogueAsync(CancellationToken stop)
    {
        List<(string Kind, Guid Variant)> found = [];
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await gateway.GetFromJsonAsync<JsonElement>($"/api/products?limit=100{(cursor.Length > 0 ? "&cursor=" + Uri.EscapeDataString(cursor) : "")}", stop);
            foreach (var product in page.GetProperty("items").EnumerateArray())
                found.Add((product.GetProperty("kind").GetString()!, product.GetProperty("variants")[0].GetProperty("id").GetGuid()));
            cursor = page.GetProperty("next").GetString();
        }
        catalogue = [.. found.OrderBy(product => product.Kind == "prepared" ? 0 : 1).Select(product => product.Variant)];
        Prepared = found.Count(product => product.Kind == "prepared");
    }

    /// <param name="mayBegin">Asked from the wish's time on until it is so.</param>
    public Task<Bought[]> BuyAsync(IReadOnlyList<Wish> wishes, Func<Wish, bool> mayBegin, CancellationToken stop) => Task.WhenAll(wishes.Select(async wish =>
    {
        await Task.Delay(wish.At > clock.Elapsed ? wish.At - clock.Elapsed : TimeSpan.Zero, stop);
        while (!mayBegin(wish)) await Task.Delay(FirstPause, stop);
        var bought = await BuyAsync(wish, stop);
        Interlocked.Increment(ref answered);
        return bought;
    }));

    async Task<Bought> BuyAsync(Wish wish, CancellationToken stop)
    {
        var (customer, addressId) = customers[wish.Customer];
        var body = new
        {
            lines = wish.Products.Select(line => new { variantId = catalogue[line.Product], quantity = line.Quantity }),
            addressId,
            paymentToken = wish.Card,
            flow = wish.Flow,
        };
        var (since, ids, first) = (Stopwatch.StartNew(), new List<Guid>(), (Attempts: 0, Took: TimeSpan.Zero));
        for (var times = wish.Repeats ? 2 : 1; times > 0; times--)
        {
            var (attempts, status, answer) = await SendAsync("/api/orders", customer, body, $"chaos-{run}-{wish.Number}", wish.Waits ? 10 : null, stop);
            if (first.Attempts == 0) first = (attempts, since.Elapsed);
            if (status is not (HttpStatusCode.OK or HttpStatusCode.Accepted))
                return new(wish, customer, ids.Count > 0 ? ids[0] : null, [], first.Attempts, first.Took, $"{(int?)status} {answer}", null);
            ids.Add(JsonSerializer.Deserialize<JsonElement>(answer).GetProperty("id").GetGuid());
        }
        string? cancelled = null;
        if (wish.CancelAfter is { } after)
        {
            await Task.Delay(after, stop);
            var (_, status, _) = await SendAsync($"/api/orders/{ids[0]}/cancel", customer, body: null, key: null, wait: null, stop);
            cancelled = status switch
            {
                HttpStatusCode.OK or HttpStatusCode.Accepted => "taken",
                HttpStatusCode.Conflict => "too late",
                _ => $"answered {(int?)status}",
            };
        }
        return new(wish, customer, ids[0], [.. ids.Skip(1).Where(id => id != ids[0])], first.Attempts, first.Took, null, cancelled);
    }

    /// <returns>The answer that is not the village's own trouble; without a status when there was none in all the time.</returns>
    async Task<(int Attempts, HttpStatusCode? Status, string Answer)> SendAsync(string path, Guid customer, object? body, string? key, int? wait, CancellationToken stop)
    {
        var (since, pause) = (Stopwatch.StartNew(), FirstPause);
        for (var attempt = 1; ; attempt++)
        {
            var (status, text, trouble) = await TryAsync(path, customer, body, key, wait, stop);
            if (trouble is null) return (attempt, status, text);
            failures.AddOrUpdate(trouble, 1, (_, count) => count + 1);
            if (since.Elapsed > Patience) return (attempt, null, trouble);
            await Task.Delay(pause * (0.5 + Random.Shared.NextDouble()), stop);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    async Task<(HttpStatusCode? Status, string Text, string? Trouble)> TryAsync(string path, Guid customer, object? body, string? key, int? wait, CancellationToken stop)
    {
        using var time = CancellationTokenSource.CreateLinkedTokenSource(stop);
        time.CancelAfter(AttemptTimeout);
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = body is null ? null : JsonContent.Create(body) };
        if (key is not null) request.Headers.Add("Idempotency-Key", key);
        if (wait is not null) request.Headers.Add("Prefer", $"wait={wait}");
        try
        {
            request.Headers.Authorization = new("Bearer", await tokens.OfAsync($"{customer}", time.Token));
            using var answer = await gateway.SendAsync(request, time.Token);
            var text = await answer.Content.ReadAsStringAsync(time.Token);
            return (int)answer.StatusCode >= 500 || answer.StatusCode == HttpStatusCode.TooManyRequests
                ? (null, text, $"answered {(int)answer.StatusCode}")
                : (answer.StatusCode, text, null);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return (null, "", $"no answer in {AttemptTimeout.TotalSeconds} s");
        }
        catch (HttpRequestException e)
        {
            return (null, "", e.HttpRequestError == HttpRequestError.ConnectionError ? "connection refused" : "connection lost");
        }
    }

    public void Dispose() => gateway.Dispose();
}
