namespace Kampung.Orders;

/// <summary>The section <c>Orders</c>. It can change while the service runs.</summary>
public sealed class OrderOptions
{
    /// <summary>The flow of an order that asks for none.</summary>
    public Flow Flow { get; set; } = Flow.Orchestrated;

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

    /// <summary>How long a plan that waits for an event rests before it asks the stall itself: the event may never come.</summary>
    public TimeSpan AskAgain { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>An open order that has not come further for so long is shown to operators.</summary>
    public TimeSpan StuckAfter { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How long the plans of orders that are over are kept.</summary>
    public TimeSpan PlansKept { get; set; } = TimeSpan.FromDays(1);

    /// <summary>How long the timelines of orders that are over are kept; the orders themselves stay.</summary>
    public TimeSpan TimelineKept { get; set; } = TimeSpan.FromDays(90);
}
