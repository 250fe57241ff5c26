namespace Kampung.Kitchen;

/// <summary>Who works in the kitchens right now and by which rules: what an order needs to know to decide what happens to its tickets.</summary>
public sealed class Shift(IReadOnlyList<StationAtWork> stations, KitchenOptions options, DateTimeOffset now)
{
    readonly Dictionary<Guid, int> taken = [];

    public DateTimeOffset Now { get; } = now;

    /// <summary>When a meal that is begun now is overdue.</summary>
    public DateTimeOffset Due => Now + options.PreparationTime + options.OverdueAfter;

    /// <summary>When a meal that is begun now is ready, if the station cooks by itself; null if not.</summary>
    public DateTimeOffset? Ready(Guid? station) => Cooks(station) ? Now + options.PreparationTime : null;

    /// <summary>Whether meals of this station become ready by themselves.</summary>
    public bool Cooks(Guid? station) => !options.ByHand && stations.Any(s => s.Id == station && s.Open);

    /// <summary>The open station of the stall with the fewest tickets. If all are closed, the first one takes what is new, and it becomes overdue there.</summary>
    public StationAtWork First(string stall) => Next(stall, []) ?? stations.First(station => station.Stall == stall);

    /// <summary>An open station of the stall that has not had the ticket yet.</summary>
    public StationAtWork? Next(string stall, IReadOnlyCollection<Guid> tried)
    {
        var next = stations.Where(station => station.Stall == stall && station.Open && !tried.Contains(station.Id))
            .MinBy(station => station.Load + taken.GetValueOrDefault(station.Id));
        if (next is not null) taken[next.Id] = taken.GetValueOrDefault(next.Id) + 1;
        return next;
    }
}
