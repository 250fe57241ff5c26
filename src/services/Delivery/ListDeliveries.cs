using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Delivery;

/// <summary>Deliveries for those who ride, which are their own: what is still to be done in the order in which it came, anything else newest first.</summary>
static class ListDeliveries
{
    public static void MapListDeliveries(this RouteGroupBuilder deliveries) => deliveries.MapGet("", Handle).WithName("ListDeliveries");

    static async Task<Results<Ok<Page<DeliveryView>>, ProblemHttpResult>> Handle(
        Paging paging, Caller caller, DeliveryDb db, CancellationToken ct, string? status = null, Guid? riderId = null)
    {
        var after = paging.After<Guid?>();
        var only = Enum.GetValues<DeliveryStatus>().Where(known => known.ToString().Equals(status, StringComparison.OrdinalIgnoreCase)).Cast<DeliveryStatus?>().SingleOrDefault();
        if (!string.IsNullOrEmpty(status) && only is null)
            return Problems.Validation("status", "must be held, waiting, assigned, pickedUp, delivered, failed or cancelled");

        var deliveries = db.Deliveries.AsNoTracking().Where(delivery => delivery.Placed && (caller.IsOperator || delivery.RiderId == caller.Id));
        if (only is not null) deliveries = deliveries.Where(delivery => delivery.Status == only);
        if (riderId is not null) deliveries = deliveries.Where(delivery => delivery.RiderId == riderId);
        deliveries = only is DeliveryStatus.Held or DeliveryStatus.Waiting or DeliveryStatus.Assigned or DeliveryStatus.PickedUp
            ? deliveries.Where(delivery => after == null || delivery.Id > after).OrderBy(delivery => delivery.Id)
            : deliveries.Where(delivery => after == null || delivery.Id < after).OrderByDescending(delivery => delivery.Id);
        var page = await deliveries.Take(paging.Limit + 1).ToListAsync(ct);
        return TypedResults.Ok(Page.Of(page, paging.Limit, delivery => new DeliveryView(delivery), delivery => delivery.Id));
    }
}
