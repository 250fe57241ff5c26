namespace Kampung.Delivery;

/// <summary>Which riders are there right now and by which rules they ride: what a delivery needs to know to decide what happens to it.</summary>
/// <param name="riders">Those on duty; none when this is not the moment to assign one.</param>
public sealed class Roster(IReadOnlyList<RiderAtWork> riders, DeliveryOptions options, DateTimeOffset now)
{
    readonly Dictionary<Guid, int> taken = [];

    public DateTimeOffset Now { get; } = now;

    public DeliveryOptions Options { get; } = options;

    /// <summary>How many more deliveries the riders can take, all together.</summary>
    public int Free => riders.Sum(rider => Math.Max(0, Options.DeliveriesPerRider - LoadOf(rider)));

    /// <summary>The rider with the least to do who can take one more; rather one who has not tried this delivery yet.</summary>
    public RiderName? Next(IReadOnlyCollection<Guid> tried)
    {
        var next = riders.Where(rider => LoadOf(rider) < Options.DeliveriesPerRider).MinBy(rider => (tried.Contains(rider.Id), LoadOf(rider)));
        if (next is null) return null;
        taken[next.Id] = taken.GetValueOrDefault(next.Id) + 1;
        return new(next.Id, next.Name);
    }

    int LoadOf(RiderAtWork rider) => rider.Load + taken.GetValueOrDefault(rider.Id);
}
