using Kampung.Notifications.Storage;
using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Notifications;

/// <summary>POST /notifications/{id}/read: the caller has seen it in the shop. Doing so again changes nothing.</summary>
static class ReadNotification
{
    public static void MapReadNotification(this IEndpointRouteBuilder app) => app.MapPost("/notifications/{id:guid}/read", Handle).WithName("readNotification");

    static async Task<Results<NoContent, ProblemHttpResult>> Handle(Guid id, Caller caller, INotificationStore store, CancellationToken ct) =>
        await store.ReadAsync(caller.Id, id, ct) ? TypedResults.NoContent() : Problems.NotFound("notification", id);
}
