using Kampung.Notifications.Storage;
using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Notifications;

/// <summary>GET /notifications: what the caller was told, newest first; <c>?channel=inApp&amp;unread=true</c> for what the shop has to show.</summary>
static class ListNotifications
{
    /// <param name="Text">Without the layout of a letter.</param>
    public sealed record View(
        Guid Id, Guid? OrderId, string Kind, string Channel, string Subject, string Text, DateTimeOffset CreatedAt, DateTimeOffset? SentAt, DateTimeOffset? ReadAt, NotificationState State);

    public static void MapListNotifications(this IEndpointRouteBuilder app) => app.MapGet("/notifications", Handle).WithName("listNotifications");

    static async Task<Results<Ok<Page<View>>, ProblemHttpResult>> Handle(
        Caller caller, Paging paging, INotificationStore store, CancellationToken ct, string? channel = null, bool unread = false)
    {
        var errors = new FieldErrors();
        errors.Require(channel is null || Channel.All.Contains(channel), "channel", $"must be one of {string.Join(", ", Channel.All)}");
        if (errors.Any) return errors.Problem();

        // Ids are UUIDs of version 7: their order is the order of time.
        var rows = await store.ListAsync(caller.Id, channel, unread, before: paging.After<Guid?>(), paging.Limit + 1, ct);
        return TypedResults.Ok(Page.Of(rows, paging.Limit, Show, row => (Guid?)row.Id));
    }

    static View Show(Notification row) =>
        new(row.Id, row.Letter.OrderId, row.Kind, row.Channel, row.Letter.Subject, row.Letter.Text, row.CreatedAt, row.SentAt, row.ReadAt, row.State);
}
