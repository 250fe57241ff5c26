using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Kampung.Messaging;

/// <summary>What operators ask and tell messaging over HTTP, and nobody else may: it shows what events carry, but for what is <see cref="SecretAttribute">secret</see>.</summary>
public static class DeadLetters
{
    /// <summary>Maps GET /dead-letters, GET /dead-letters/{id}, POST /dead-letters/{id}/replay, POST /dead-letters/{id}/discard and GET /outbox.</summary>
    public static IEndpointConventionBuilder MapDeadLetters(this IEndpointRouteBuilder app)
    {
        ArgumentNullException.ThrowIfNull(app);
        var operators = app.MapGroup("").WithTags("Messaging");
        operators.MapGet("/dead-letters", List).WithName("ListDeadLetters");
        operators.MapGet("/dead-letters/{id:guid}", Get).WithName("GetDeadLetter");
        operators.MapPost("/dead-letters/{id:guid}/replay", Replay).WithName("ReplayDeadLetter");
        operators.MapPost("/dead-letters/{id:guid}/discard", Discard).WithName("DiscardDeadLetter");
        operators.MapGet("/outbox", Waiting).WithName("GetOutbox");
        return operators;
    }

    /// <summary>
    /// A dead letter in the list. Its id is the event's. Unreadable: nothing waits behind it; else so many later events of its key wait for it to be replayed or discarded.
    /// </summary>
    public sealed record DeadLetter(
        Guid Id, string Topic, int Partition, long Offset, string? Key, string? Type, string? Source, bool Unreadable, int Attempts, string? Error, string? TraceId,
        DateTimeOffset ParkedAt, int Waiting);

    /// <summary>A dead letter with all that is known of it; its body as JSON or, when it is none and its topic carries no secrets, as base64.</summary>
    public sealed record DeadLetterDetails(DeadLetter DeadLetter, IReadOnlyDictionary<string, string> Headers, JsonElement? Body, byte[]? BodyBase64);

    /// <summary>A page of the list, oldest first, and the cursor of the next one; null on the last one.</summary>
    public sealed record DeadLetterPage(IReadOnlyList<DeadLetter> Items, string? Next);

    /// <summary>What is on its way: events that wait in the outbox, and those heard that failed, or wait behind one that did, and are tried again by themselves.</summary>
    public sealed record OutboxView(long Waiting, DateTimeOffset? Oldest, long Parked);

    static async Task<Results<Ok<DeadLetterPage>, ProblemHttpResult>> List(Operator at, int limit = 50, string? cursor = null)
    {
        if (limit is < 1 or > 200) return Problem(StatusCodes.Status400BadRequest, "validation", "limit is from 1 to 200.");
        var after = 0L;
        if (cursor is not null && !TryReadCursor(cursor, out after)) return Problem(StatusCodes.Status400BadRequest, "validation", "The cursor is not one that this list gave.");

        var rows = await at.DeadLetters.Where(message => message.Id > after).OrderBy(message => message.Id).Take(limit + 1)
            .Select(message => new { Message = message, Waiting = at.Messages.Count(later => later.Key == message.Key && later.Id > message.Id) }).ToListAsync(at.Aborted);
        var items = rows.Take(limit).Select(row => View(row.Message, row.Waiting)).ToList();
        return TypedResults.Ok(new DeadLetterPage(items, rows.Count > limit ? Cursor(rows[limit - 1].Message.Id) : null));
    }

    static async Task<Results<Ok<DeadLetterDetails>, ProblemHttpResult>> Get(Guid id, Operator at)
    {
        if (await at.DeadLetters.SingleOrDefaultAsync(message => message.EventId == id, at.Aborted) is not { } message) return Unknown(id);
        var waiting = await at.Messages.CountAsync(later => later.Key == message.Key && later.Id > message.Id, at.Aborted);
        var secrets = at.SecretsOf(message);
        var json = Json(message.Body, secrets);
        return TypedResults.Ok(new DeadLetterDetails(View(message, waiting), message.Headers, json, json is null && secrets.Count == 0 ? message.Body : null));
    }

    /// <summary>Hands it to its handler once more, with all its attempts before it; then those that wait behind it.</summary>
    static async Task<Results<Accepted, ProblemHttpResult>> Replay(Guid id, Operator at)
    {
        var replayed = await at.DeadLetters.Where(message => message.EventId == id).ExecuteUpdateAsync(row => row
            .SetProperty(message => message.State, ParkedState.Parked)
            .SetProperty(message => message.Attempts, 0)
            .SetProperty(message => message.DueAt, at.Time.GetUtcNow()), at.Aborted);
        if (replayed == 0) return await at.NotDeadAsync(id);
        at.Logger.LogInformation("Dead letter {EventId} is replayed", id);
        at.Parked.Set();
        return TypedResults.Accepted((string?)null);
    }

    /// <summary>Gives it up for good; those that wait behind it go on.</summary>
    static async Task<Results<NoContent, ProblemHttpResult>> Discard(Guid id, Operator at)
    {
        if (await at.DeadLetters.SingleOrDefaultAsync(message => message.EventId == id, at.Aborted) is not { } message
            || await at.DeadLetters.Where(row => row.Id == message.Id).ExecuteDeleteAsync(at.Aborted) == 0)
            return await at.NotDeadAsync(id);
        at.Logger.LogWarning("Dead letter {EventId} is discarded: {Topic} of {Key}, {Body}", id, message.Topic, message.Key, at.SecretsOf(message) is { Count: > 0 } secrets ? Json(message.Body, secrets)?.GetRawText() : Delivery.Text(message.Body));
        at.Parked.Set();
        return TypedResults.NoContent();
    }

    static async Task<Ok<OutboxView>> Waiting(Operator at)
    {
        var outbox = at.Database.Set<OutboxMessage>();
        // Parked ones first: what is handled meanwhile may have put an event into the outbox.
        var parked = await at.Messages.LongCountAsync(message => message.State == ParkedState.Parked, at.Aborted);
        return TypedResults.Ok(new OutboxView(await outbox.LongCountAsync(at.Aborted), await outbox.MinAsync(message => (DateTimeOffset?)message.Time, at.Aborted), parked));
    }

    static DeadLetter View(ParkedMessage message, int waiting) => new(
        message.EventId, message.Topic, message.Partition, message.Offset, message.Key, message.Headers.GetValueOrDefault(CloudEvent.Type),
        message.Headers.GetValueOrDefault(CloudEvent.Source), message.State == ParkedState.Unreadable, message.Attempts, message.Error, TraceId(message),
        message.ParkedAt, message.State == ParkedState.Unreadable ? 0 : waiting);

    static string? TraceId(ParkedMessage message) =>
        System.Diagnostics.ActivityContext.TryParse(message.Headers.GetValueOrDefault(CloudEvent.TraceParent), null, out var parent) ? parent.TraceId.ToString() : null;

    static JsonElement? Json(byte[] body, IReadOnlySet<string> secrets)
    {
        try
        {
            var json = JsonNode.Parse(body);
            if (secrets.Count > 0) Hide(json, secrets);
            return JsonSerializer.SerializeToElement(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    static void Hide(JsonNode? json, IReadOnlySet<string> secrets)
    {
        if (json is JsonObject members)
        {
            foreach (var (name, value) in members.ToList())
            {
                if (secrets.Contains(name)) members[name] = "***";
                else Hide(value, secrets);
            }
        }
        else if (json is JsonArray items)
        {
            foreach (var item in items) Hide(item, secrets);
        }
    }

    static string Cursor(long id) => Convert.ToHexStringLower(Encoding.ASCII.GetBytes(id.ToString(CultureInfo.InvariantCulture)));

    static bool TryReadCursor(string cursor, out long id)
    {
        id = 0;
        try
        {
            return long.TryParse(Encoding.ASCII.GetString(Convert.FromHexString(cursor)), NumberStyles.None, CultureInfo.InvariantCulture, out id);
        }
        catch (FormatException)
        {
            return false;
        }
    }

    static ProblemHttpResult Unknown(Guid id) => Problem(StatusCodes.Status404NotFound, "not-found", $"There is no dead letter {id}.");

    static ProblemHttpResult Problem(int status, string slug, string detail) =>
        TypedResults.Problem(detail, statusCode: status, type: $"https://kampung.dev/problems/{slug}");

    /// <summary>What the endpoints work with: this service's messages in the database that messaging was added for.</summary>
    sealed class Operator(HttpContext http, MessagingDatabase database, ParkedSignal parked, TimeProvider time, IOptions<MessagingOptions> options, ILoggerFactory loggers)
    {
        readonly string _service = options.Value.Service;

        public DbContext Database { get; } = database.In(http.RequestServices);
        public IQueryable<ParkedMessage> Messages => Database.Set<ParkedMessage>().AsNoTracking().Where(message => message.Consumer == _service);
        public IQueryable<ParkedMessage> DeadLetters => Messages.Where(message => message.State != ParkedState.Parked);
        public ParkedSignal Parked => parked;
        public TimeProvider Time => time;
        public ILogger Logger { get; } = loggers.CreateLogger(typeof(DeadLetters));
        public CancellationToken Aborted => http.RequestAborted;

        public IReadOnlySet<string> SecretsOf(ParkedMessage message) => http.RequestServices.GetService<EventHandlers>()?.SecretsOf(message.Topic) ?? new HashSet<string>();

        public async Task<ProblemHttpResult> NotDeadAsync(Guid id) => await Messages.AnyAsync(message => message.EventId == id, Aborted)
            ? Problem(StatusCodes.Status409Conflict, "not-dead", $"Event {id} is parked and will be tried again by itself.")
            : Unknown(id);

        public static ValueTask<Operator> BindAsync(HttpContext http) => ValueTask.FromResult(ActivatorUtilities.CreateInstance<Operator>(http.RequestServices, http));
    }
}
