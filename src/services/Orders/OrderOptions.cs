namespace Kampung.Orders;

/// <summary>The section <c>Orders</c>. It can change while the service runs.</summary>
public sealed class OrderOptions
{
    /// <summary>Lines that one order may have.</summary>
    public int MaxLines { get; set; } = 100;

    /// <summary>Pieces that one line may have.</summary>
    public int MaxQuantity { get; set; } = 999;

    /// <summary>How long a repeated request is recognised by its Idempotency-Key.</summary>
    public TimeSpan IdempotencyKeysKept { get; set; } = TimeSpan.FromDays(7);

    /// <summary>An instance that says nothing for so long loses the plans that it carries to another one.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often an instance looks for plans that are due and for what other instances did.</summary>
    public TimeSpan Poll { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Plans that one instance carries at the same time; more wait for their turn.</summary>
    public int PlansAtOnce { get; set; } = 64;

    /// <summary>Pause after the first failed attempt at a step; it doubles with each further one.</summary>
    public TimeSpan FirstRetry { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The longest pause between two attempts.</summary>
    public TimeSpan LongestRetry { get; set; } = TimeSpan.FromSeconds(30);
}
