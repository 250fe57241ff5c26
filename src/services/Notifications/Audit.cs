using Kampung.Notifications.Sending;
using Kampung.Notifications.Storage;
using Kampung.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace Kampung.Notifications;

/// <summary>How many notifications there are of a kind and channel about one thing. It should be one.</summary>
public sealed record Tally(Guid About, Guid? OrderId, Guid CustomerId, string Kind, string Channel, NotificationState State, int Count);

/// <summary>A customer who is not told everything by every usual channel: who chose that some kinds are not told, or by which channels they are, or who has left.</summary>
/// <param name="Channels">Null for one who has left.</param>
public sealed record Unreachable(Guid CustomerId, bool Left, IReadOnlyList<string> Muted, IReadOnlyList<string>? Channels);

/// <summary>GET /audit/notifications and /audit/unreachables (inside): who was told what, and who is not to be told, for whoever checks that the village's books agree.</summary>
static class Audit
{
    sealed record Position(Guid About, string Kind, string Channel);

    public static void MapAudit(this IEndpointRouteBuilder app)
    {
        var audit = app.MapGroup("/audit").WithTags("Audit").OnlyFor(Role.Operator);
        audit.MapGet("/notifications", Notifications).WithName("auditNotifications");
        audit.MapGet("/unreachables", Unreachables).WithName("auditUnreachables");
    }

    static async Task<AuditPage<Tally>> Notifications(
        AuditPaging paging, INotificationStore store, IOptionsMonitor<SendingOptions> options, TimeProvider time, CancellationToken ct)
    {
        var after = paging.After<Position>();
        var tallies = await store.TallyAsync(after is null ? null : (after.About, after.Kind, after.Channel), paging.Limit + 1, ct);
        return Page.Of(tallies, paging.Limit, tally => tally, tally => new Position(tally.About, tally.Kind, tally.Channel))
            .KeptSince(time.GetUtcNow() - options.CurrentValue.Kept);
    }

    static async Task<Page<Unreachable>> Unreachables(AuditPaging paging, INotificationStore store, CancellationToken ct) =>
        Page.Of(await store.UnreachablesAsync(paging.After<Guid?>(), paging.Limit + 1, ct), paging.Limit, customer => customer, customer => (Guid?)customer.CustomerId);
}
