namespace Kampung.Kitchen;

/// <summary>A place in a stall's kitchen where tickets are cooked. A closed one cooks nothing: the tickets that it has become overdue.</summary>
public sealed class Station
{
    public Guid Id { get; private init; }
    public string Stall { get; private init; } = "";

    /// <summary>1, 2, … within the stall.</summary>
    public int Number { get; private init; }
    public bool Open { get; private set; }
    public string Name => NameOf(Stall, Number);

    /// <returns>False when it was so already.</returns>
    public bool SetOpen(bool open)
    {
        if (Open == open) return false;
        Open = open;
        return true;
    }

    public static string NameOf(string stall, int number) => $"{stall} {number}";
}

/// <summary>A station as it was found at work.</summary>
/// <param name="Load">Tickets that it has and that are not ready.</param>
public sealed record StationAtWork(Guid Id, string Stall, int Number, bool Open, int Load)
{
    public string Name => Station.NameOf(Stall, Number);
}

/// <summary>How a station looks from outside.</summary>
public sealed record StationView(Guid Id, string Stall, string Name, bool Open, int Load);
