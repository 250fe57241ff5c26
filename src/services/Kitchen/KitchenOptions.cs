namespace Kampung.Kitchen;

/// <summary>The section <c>Kitchen</c>. It can change while the service runs.</summary>
public sealed class KitchenOptions
{
    /// <summary>How many stations a stall gets on its first ticket. Raised later, the others come with its next ticket.</summary>
    public int StationsPerStall { get; set; } = 2;

    /// <summary>How long a meal takes. Zero: a ticket is ready in the transaction that accepts it.</summary>
    public TimeSpan PreparationTime { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>Meals are cooked by people, who say when one is ready.</summary>
    public bool ByHand { get; set; }

    /// <summary>How long after its preparation time a ticket that is not ready is overdue.</summary>
    public TimeSpan OverdueAfter { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>How long an order that has ended is remembered: until then nothing that comes late or twice can start it again.</summary>
    public TimeSpan OrdersKept { get; set; } = TimeSpan.FromDays(30);

    /// <summary>How often those are looked for.</summary>
    public TimeSpan Sweep { get; set; } = TimeSpan.FromMinutes(10);
}
