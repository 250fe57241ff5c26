namespace Kampung.Delivery;

/// <summary>The section <c>Delivery</c>. It can change while the service runs, but for <see cref="Riders"/>.</summary>
public sealed class DeliveryOptions
{
    /// <summary>Names of the riders who are there from the first start on.</summary>
    public IReadOnlyList<string> Riders { get; set; } = [];

    /// <summary>How long a rider takes to come. Zero, as <see cref="TravelTime"/>: an order is delivered in the transaction that asks for it.</summary>
    public TimeSpan PickUpTime { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>How long a rider takes to the customer.</summary>
    public TimeSpan TravelTime { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>Deliveries are ridden by people, who say when they have picked up and delivered.</summary>
    public bool ByHand { get; set; }

    /// <summary>Deliveries that one rider has at the same time.</summary>
    public int DeliveriesPerRider { get; set; } = 10;

    /// <summary>How long an order waits for a rider before that attempt has failed.</summary>
    public TimeSpan AssignWithin { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>By hand: how long a rider may take to come before that attempt has failed.</summary>
    public TimeSpan PickUpWithin { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How many attempts a delivery has.</summary>
    public int Attempts { get; set; } = 3;

    /// <summary>How long a delivery that has ended is remembered: until then nothing that comes late or twice can start it again.</summary>
    public TimeSpan DeliveriesKept { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How often those are looked for.</summary>
    public TimeSpan Sweep { get; set; } = TimeSpan.FromMinutes(10);

    public bool AtOnce => !ByHand && PickUpTime <= TimeSpan.Zero && TravelTime <= TimeSpan.Zero;
}
