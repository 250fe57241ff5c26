namespace Kampung.Kitchen;

public enum TicketStatus
{
    /// <summary>Known, and not to be cooked before the order is paid.</summary>
    Held,
    /// <summary>A station has it.</summary>
    Accepted,
    Ready,
    /// <summary>No station is left that could cook it.</summary>
    Failed,
    Cancelled,
}

/// <summary>What one stall is to cook for an order.</summary>
public sealed class Ticket
{
    public Guid Id { get; private init; }
    public Guid OrderId { get; private init; }
    public string Stall { get; private init; } = "";
    public IReadOnlyList<TicketLine> Lines { get; private init; } = [];
    public TicketStatus Status { get; private set; }

    /// <summary>The station that has it, and its name.</summary>
    public Guid? StationId { get; private set; }
    public string? Station { get; private set; }

    /// <summary>Every station that had it, the present one included.</summary>
    public Guid[] Tried { get; private set; } = [];
    public DateTimeOffset? AcceptedAt { get; private set; }

    /// <summary>When it is overdue unless it is ready.</summary>
    public DateTimeOffset? DueAt { get; private set; }
    public DateTimeOffset? ReadyAt { get; private set; }
    public int OverdueTimes { get; private set; }

    /// <summary>It is overdue and nobody has done anything about it yet.</summary>
    public bool Overdue { get; private set; }

    /// <summary>When it is next to be looked at: ready by itself, or overdue.</summary>
    public DateTimeOffset? WakeAt { get; private set; }

    public bool Open => Status is TicketStatus.Held or TicketStatus.Accepted;

    internal static Ticket Hold(Guid orderId, string stall, IReadOnlyList<TicketLine> lines, DateTimeOffset now) =>
        new() { Id = Guid.CreateVersion7(now), OrderId = orderId, Stall = stall, Lines = lines };

    internal void Accept(StationAtWork station, Shift shift)
    {
        Status = TicketStatus.Accepted;
        (StationId, Station) = (station.Id, station.Name);
        Tried = [.. Tried, station.Id];
        AcceptedAt ??= shift.Now;
        Begin(shift);
    }

    /// <summary>From now on it has all its time again, where it is.</summary>
    internal void Begin(Shift shift)
    {
        Overdue = false;
        DueAt = shift.Due;
        WakeAt = shift.Ready(StationId) ?? DueAt;
    }

    /// <summary>Nothing happens to it by itself before it is overdue, or before somebody sees to it.</summary>
    internal void Wait() => WakeAt = Overdue ? null : DueAt;

    internal void BecomeOverdue()
    {
        Overdue = true;
        OverdueTimes++;
        WakeAt = null;
    }

    internal void BecomeReady(DateTimeOffset now) => (Status, ReadyAt, Overdue, WakeAt) = (TicketStatus.Ready, now, false, null);

    internal void Fail() => (Status, Overdue, WakeAt) = (TicketStatus.Failed, false, null);

    internal void Cancel() => (Status, Overdue, WakeAt) = (TicketStatus.Cancelled, false, null);
}

public sealed record TicketLine(string Title, string? VariantTitle, int Quantity);

/// <summary>How a ticket looks from outside.</summary>
public sealed record TicketView(
    Guid Id, Guid OrderId, string Stall, string? Station, TicketStatus Status, IReadOnlyList<TicketLine> Lines,
    DateTimeOffset? AcceptedAt, DateTimeOffset? DueAt, DateTimeOffset? ReadyAt, int OverdueTimes)
{
    public TicketView(Ticket ticket) : this(
        ticket.Id, ticket.OrderId, ticket.Stall, ticket.Station, ticket.Status, ticket.Lines, ticket.AcceptedAt, ticket.DueAt, ticket.ReadyAt, ticket.OverdueTimes) { }
}
