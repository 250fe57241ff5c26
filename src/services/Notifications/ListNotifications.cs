using Kampung.Notifications.Storage;
using Kampung.ServiceDefaults;

namespace Kampung.Notifications;

/// <summary>GET /notifications: what the caller was told, newest first.</summary>
static class ListNotifications
{
    public sealed record View(
        Guid Id, Guid? OrderId, string Kind, string Channel, string Subject, DateTimeOffset CreatedAt, DateTimeOffset? SentAt, NotificationState State);

    public static void MapListNotifications(this IEndpointRouteBuilder app) => app.MapGet("/notifications", Handle).WithName("listNotifications");

    static async Task<Page<View>> Handle(Caller caller, Paging paging, INotificationStore store, CancellationToken ct)
    {
        // Ids are UUIDs of version 7: their order is the order of time.
        var rows = await store.ListAsync(caller.Id, before: paging.After<Guid?>(), paging.Limit + 1, ct);
        return Page.Of(rows, paging.Limit, Show, row => (Guid?)row.Id);
    }

    static View Show(Notification row) =>
        new(row.Id, row.Letter.OrderId, row.Kind, row.Channel, row.Letter.Subject, row.CreatedAt, row.SentAt, row.State);
}
