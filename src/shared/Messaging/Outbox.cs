using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Messaging;

/// <summary>An event that waits to be sent. Written in the transaction of the change that it announces, deleted once the broker has acknowledged it.</summary>
/// <remarks>
/// <para>
/// The relay sends rows in the order of <see cref="Id"/>. The database allots an id when the row is inserted, not when its transaction commits, so between
/// two transactions that know nothing of each other id order and commit order may differ. For one key that does not happen as long as both transactions
/// guard the row that the key names (the order, the product): with <c>select … for update</c> the second one inserts its event only after the first has
/// committed; with a concurrency token (<c>xmin</c>) the one that lost the race fails and takes its event with it. So events of one key leave in the order
/// of the changes that they announce; between keys there is no order to keep.
/// </para>
/// <para>A row whose transaction commits late is simply found by a later read, because the relay deletes what it has sent and remembers no position.</para>
/// </remarks>
sealed class OutboxMessage
{
    public long Id { get; private set; }
    public required Guid EventId { get; init; }
    public required string Topic { get; init; }
    public required string Type { get; init; }
    public required string Key { get; init; }
    public required string Body { get; init; }
    public required DateTimeOffset Time { get; init; }
    public string? TraceParent { get; init; }
    public string? TraceState { get; init; }
}

/// <summary>Publishing as part of a transaction.</summary>
public static class Outbox
{
    /// <summary>Largest body in bytes, below Kafka's usual limit of 1 MiB for a record with its headers: what the broker would refuse for ever must not enter the outbox.</summary>
    public const int MaxBodyBytes = 900_000;

    static readonly ConditionalWeakTable<DbContext, object> Publishing = [];

    /// <summary>
    /// Publishes the event when, and only when, the context's next SaveChanges and its transaction commit. The current activity becomes the event's parent,
    /// so that the trace goes on in whoever hears it.
    /// </summary>
    /// <param name="cause">Its parent when it is not the current activity, because what several requests or events asked for is done together.</param>
    /// <returns>The event's id.</returns>
    /// <exception cref="ArgumentException">The event is larger than <see cref="MaxBodyBytes"/>.</exception>
    public static Guid Publish(this DbContext db, IEvent evt, ActivityContext? cause = null)
    {
        ArgumentNullException.ThrowIfNull(db);
        ArgumentNullException.ThrowIfNull(evt);
        var topic = TopicAttribute.Of(evt.GetType());
        var body = JsonSerializer.Serialize(evt, evt.GetType(), EventJson.Options);
        if (Encoding.UTF8.GetByteCount(body) > MaxBodyBytes)
            throw new ArgumentException($"{topic.Name} of {evt.Subject} is larger than {MaxBodyBytes} bytes.", nameof(evt));

        var parent = cause ?? (Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.Context : default);
        var message = new OutboxMessage
        {
            EventId = Guid.CreateVersion7(),
            Topic = topic.Name,
            Type = topic.Type,
            Key = evt.Subject.ToString(),
            Body = body,
            Time = DateTimeOffset.UtcNow,
            TraceParent = parent == default ? null : $"00-{parent.TraceId}-{parent.SpanId}-{(byte)parent.TraceFlags:x2}",
            TraceState = parent.TraceState,
        };
        db.Add(message);
        Publishing.AddOrUpdate(db, message);
        return message.EventId;
    }

    /// <summary>True once after events were published through this context.</summary>
    internal static bool TakePublishing(DbContext? db) => db is not null && Publishing.Remove(db);
}
