using Kampung.ServiceDefaults;
using Microsoft.EntityFrameworkCore;

namespace Kampung.Delivery;

/// <summary>All riders, with how many deliveries each has.</summary>
static class ListRiders
{
    public static void MapListRiders(this RouteGroupBuilder riders) => riders.MapGet("", Handle).WithName("ListRiders");

    static async Task<Page<RiderAtWork>> Handle(Paging paging, DeliveryDb db, CancellationToken ct)
    {
        var after = paging.After<Guid?>();
        var riders = await db.Riders.Where(rider => after == null || rider.Id > after).OrderBy(rider => rider.Id).Take(paging.Limit + 1).AtWork(db).ToListAsync(ct);
        return Page.Of(riders, paging.Limit, rider => rider, rider => rider.Id);
    }

    public static IQueryable<RiderAtWork> AtWork(this IQueryable<Rider> riders, DeliveryDb db) =>
        from rider in riders
        select new RiderAtWork(rider.Id, rider.Name, rider.OnDuty, db.Deliveries.Count(delivery =>
            delivery.RiderId == rider.Id && (delivery.Status == DeliveryStatus.Assigned || delivery.Status == DeliveryStatus.PickedUp)));
}
