namespace Kampung.Delivery;

/// <summary>One who brings orders. Off duty they get no more of them, and finish those that they have.</summary>
public sealed class Rider
{
    public Guid Id { get; private init; }
    public string Name { get; private init; } = "";
    public bool OnDuty { get; private set; }

    public static Rider Hire(string name, DateTimeOffset now) => new() { Id = Guid.CreateVersion7(now), Name = name, OnDuty = true };
}

/// <summary>A rider as a delivery remembers them.</summary>
public sealed record RiderName(Guid Id, string Name);

/// <summary>A rider, and how many deliveries they have at this moment.</summary>
public sealed record RiderAtWork(Guid Id, string Name, bool OnDuty, int Load);
