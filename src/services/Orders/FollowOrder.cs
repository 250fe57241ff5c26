using System.Globalization;
using System.Text.Json;
using Kampung.ServiceDefaults;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Orders;

/// <summary>
/// The timeline of one of the caller's own orders as server-sent events, from the beginning or after <c>Last-Event-ID</c>, as it happens.
/// It ends with the caller's token, and with the order: after that a reconnecting client is answered 204, which tells it to stay away
/// (<see href="https://html.spec.whatwg.org/multipage/server-sent-events.html">WHATWG HTML, 9.2</see>).
/// </summary>
static class FollowOrder
{
    static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15), LongestToken = TimeSpan.FromDays(1);

    public static void MapFollowOrder(this RouteGroupBuilder orders) => orders.MapGet("/{id:guid}/events", Handle).WithName("FollowOrder")
        .Produces<TimelineEntry>(contentType: "text/event-stream").Produces(StatusCodes.Status204NoContent);

    static async Task<IResult> Handle(Guid id, Caller caller, HttpContext http, OrdersDb db, OrderFeed feed, IHostApplicationLifetime process, TimeProvider time, CancellationToken ct)
    {
        if (!TryReadPosition(http.Request, out var seen)) return Problems.Validation("Last-Event-ID", "must be an id that this stream gave out");

        using var watch = feed.Follow(id);
        if (await ReadAsync() is not { } state) return Problems.NotFound("order", id);
        var news = await ReadNewsAsync();
        if (state.IsOver && news.Count == 0) return TypedResults.NoContent();

        using var ends = CancellationTokenSource.CreateLinkedTokenSource(ct, process.ApplicationStopping);
        if (caller.Expires - time.GetUtcNow() is var left && left < LongestToken) ends.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        http.Response.ContentType = "text/event-stream";
        http.Response.Headers.CacheControl = "no-cache";
        http.Response.Headers["X-Accel-Buffering"] = "no"; // proxies shall pass each event on at once
        try
        {
            // Some proxies hold the headers back until there is a body.
            await http.Response.WriteAsync(": from here on\n\n", ends.Token);
            while (true)
            {
                foreach (var entry in news)
                {
                    await http.Response.WriteAsync($"id: {entry.Sequence}\ndata: {JsonSerializer.Serialize(entry, Json.Options)}\n\n", ends.Token);
                    seen = watch.Seen = entry.Sequence;
                }
                await http.Response.Body.FlushAsync(ends.Token);
                if (state.IsOver) break;

                if (!await watch.ChangedAsync(Heartbeat, ends.Token)) await http.Response.WriteAsync(": still here\n\n", ends.Token);
                // In this order: what is over has said all by then.
                state = await ReadAsync() ?? state;
                news = await ReadNewsAsync();
            }
        }
        catch (OperationCanceledException) when (ends.IsCancellationRequested)
        {
            // The reader left, or the token ended, or this process stops: the reader comes back with its Last-Event-ID.
        }
        return TypedResults.Empty;

        Task<State?> ReadAsync() => db.Orders
            .Where(order => order.Id == id && (caller.IsOperator || order.CustomerId == caller.Id))
            .Select(order => new State(order.Status == OrderStatus.Rejected || order.Status == OrderStatus.Cancelled || order.Status == OrderStatus.Completed))
            .SingleOrDefaultAsync(ct);

        Task<List<TimelineEntry>> ReadNewsAsync() =>
            db.Timeline.AsNoTracking().Where(e => e.OrderId == id && e.Sequence > seen).OrderBy(e => e.Sequence).ToListAsync(ct);
    }

    sealed record State(bool IsOver);

    static bool TryReadPosition(HttpRequest request, out int seen)
    {
        var given = request.Headers["Last-Event-ID"].ToString();
        seen = 0;
        return given.Length == 0 || int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out seen);
    }
}
