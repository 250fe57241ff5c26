using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Kampung.Messaging;

/// <summary>What a handler knows about the event beside its body.</summary>
public sealed class EventContext
{
    /// <summary>The event's id (<c>ce_id</c>), the same however often it is delivered.</summary>
    public required Guid Id { get; init; }

    /// <summary>The service that published it (<c>ce_source</c>).</summary>
    public required string Source { get; init; }

    /// <summary>When it was published (<c>ce_time</c>).</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>1 for the first time that the handler sees this event, 2 for the first retry, and so on.</summary>
    public required int Attempt { get; init; }

    /// <summary>The scope that the handler runs in.</summary>
    public required IServiceProvider Services { get; init; }

    /// <summary>Set when the process stops.</summary>
    public required CancellationToken CancellationToken { get; init; }

    /// <summary>
    /// The database whose open transaction also holds the inbox row: what the handler changes or publishes here commits together with
    /// "this event was handled", or not at all. Messaging saves and commits; a handler may call SaveChanges to learn ids or to fail early.
    /// </summary>
    public TDb Database<TDb>() where TDb : DbContext => Services.GetRequiredService<TDb>();
}
