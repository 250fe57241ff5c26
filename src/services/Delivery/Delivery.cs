using Kampung.Messaging;

namespace Kampung.Delivery;

public enum DeliveryStatus
{
    /// <summary>Known, and not to be delivered before the order is paid and its meals are ready.</summary>
    Held,
    /// <summary>For a rider.</summary>
    Waiting,
    /// <summary>A rider is on the way to it.</summary>
    Assigned,
    /// <summary>A rider has it: from now on it cannot be called off.</summary>
    PickedUp,
    Delivered,
    /// <summary>An attempt failed, and nobody has done anything about it yet, or nothing more can be done.</summary>
    Failed,
    Cancelled,
}

public sealed record Address(string Line1, string City, string Country, string? Line2 = null, string? PostalCode = null, string? Label = null);

/// <summary>Something to fetch: how many of what, at which stall.</summary>
public sealed record Parcel(string Title, string Stall, int Quantity, string? VariantTitle = null);

/// <summary>
/// What is known of bringing an order to its customer, in whichever order that becomes known. It is changed under the lock of its row, so that picking up and
/// calling off exclude each other. Decides and says which facts to announce; knows no database.
/// </summary>
public sealed class Delivery
{
    // How long it takes at most until a change from by hand to by itself is noticed by a delivery that is ridden by hand.
    static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(30);

    public Guid Id { get; private init; }
    public Guid OrderId { get; private init; }

    /// <summary>Null while only that it is called off is known.</summary>
    public Guid? CustomerId { get; private set; }
    public Flow Flow { get; private set; }
    public Address? Address { get; private set; }

    /// <summary>What is in it; empty where nobody said so.</summary>
    public IReadOnlyList<Parcel> Parcels { get; private set; } = [];

    /// <summary>It is known what to deliver, and where.</summary>
    public bool Placed { get; private set; }

    /// <summary>Something of it goes through a kitchen.</summary>
    public bool NeedsKitchen { get; private set; }
    public bool Paid { get; private set; }
    public bool MealsReady { get; private set; }

    public DeliveryStatus Status { get; private set; }
    public Guid? RiderId { get; private set; }
    public string? RiderName { get; private set; }
    public RiderName? Rider => RiderId is { } id ? new(id, RiderName!) : null;

    /// <summary>Every rider who was ever assigned.</summary>
    public Guid[] Tried { get; private set; } = [];

    /// <summary>1 from the moment when a rider is looked for; one more each time that it is tried anew.</summary>
    public int Attempt { get; private set; }

    /// <summary>Why the last attempt failed, or why it was called off.</summary>
    public string? Reason { get; private set; }
    public DateTimeOffset CreatedAt { get; private init; }
    public DateTimeOffset? WaitingSince { get; private set; }
    public DateTimeOffset? AssignedAt { get; private set; }
    public DateTimeOffset? PickedUpAt { get; private set; }
    public DateTimeOffset? DeliveredAt { get; private set; }

    /// <summary>When it is next to be looked at.</summary>
    public DateTimeOffset? WakeAt { get; private set; }

    /// <summary>Since when nothing is left to do.</summary>
    public DateTimeOffset? EndedAt { get; private set; }

    /// <summary>A rider has it, or is on the way to it.</summary>
    public bool OnTheRoad => Status is DeliveryStatus.Assigned or DeliveryStatus.PickedUp;

    /// <summary>Learns what to deliver where. It has no effect twice, nor when it is called off.</summary>
    public IReadOnlyList<IEvent> Place(Guid customerId, Flow flow, Address? address, IReadOnlyList<Parcel> parcels, bool needsKitchen, Roster roster)
    {
        if (Placed || Status == DeliveryStatus.Cancelled) return [];
        (Placed, CustomerId, Flow, Address, Parcels, NeedsKitchen) = (true, customerId, flow, address, parcels, needsKitchen);
        return Start(roster);
    }

    /// <summary>Where it is, for those who missed it.</summary>
    public IReadOnlyList<IEvent> Told() => Status switch
    {
        DeliveryStatus.Assigned => [new DeliveryAssigned(this)],
        DeliveryStatus.PickedUp => [new DeliveryPickedUp(this)],
        DeliveryStatus.Delivered => [new DeliveryCompleted(this)],
        DeliveryStatus.Failed when EndedAt is not null => [new DeliveryFailed(this, exhausted: true)],
        DeliveryStatus.Cancelled when CustomerId is not null => [new DeliveryCancelled(this)],
        _ => [],
    };

    /// <summary>The order is paid.</summary>
    public IReadOnlyList<IEvent> Pay(Roster roster)
    {
        Paid = true;
        return Start(roster);
    }

    /// <summary>All of its meals are ready, and so it is paid.</summary>
    public IReadOnlyList<IEvent> Prepare(Roster roster)
    {
        (Paid, MealsReady) = (true, true);
        return Start(roster);
    }

    List<IEvent> Start(Roster roster)
    {
        if (Status != DeliveryStatus.Held || !Placed || !Paid || (NeedsKitchen && !MealsReady)) return [];
        WaitForRider(roster);
        return Look(roster, []);
    }

    void WaitForRider(Roster roster)
    {
        Attempt++;
        (Status, WaitingSince, WakeAt, EndedAt) = (DeliveryStatus.Waiting, roster.Now, roster.Now + roster.Options.AssignWithin, null);
    }

    /// <summary>Something is due, or a rider is free.</summary>
    public IReadOnlyList<IEvent> Look(Roster roster) => Look(roster, []);

    List<IEvent> Look(Roster roster, List<IEvent> facts)
    {
        while (Step(roster) is { } fact) facts.Add(fact);
        return facts;
    }

    /// <summary>One step further, if there is one now.</summary>
    DeliveryEvent? Step(Roster roster)
    {
        var (due, byHand) = (WakeAt <= roster.Now, roster.Options.ByHand);
        switch (Status)
        {
            case DeliveryStatus.Waiting when roster.Next(Tried) is { } rider: return Assign(rider, roster);
            case DeliveryStatus.Waiting when due: return FailAttempt("No rider is free.", roster);
            case DeliveryStatus.Assigned when due && !byHand: return PickUp(roster);
            case DeliveryStatus.Assigned when due && AssignedAt + roster.Options.PickUpWithin <= roster.Now: return FailAttempt("The rider did not come.", roster);
            case DeliveryStatus.Assigned when due: WakeAt = AssignedAt + roster.Options.PickUpWithin; return null;
            case DeliveryStatus.PickedUp when due && !byHand: return Complete(roster.Now);
            case DeliveryStatus.PickedUp when due: WakeAt = roster.Now + LookAgain; return null;
            default: return null;
        }
    }

    DeliveryAssigned Assign(RiderName rider, Roster roster)
    {
        (Status, AssignedAt, Reason) = (DeliveryStatus.Assigned, roster.Now, null);
        (RiderId, RiderName) = (rider.Id, rider.Name);
        if (!Tried.Contains(rider.Id)) Tried = [.. Tried, rider.Id];
        WakeAt = roster.Now + (roster.Options.ByHand ? roster.Options.PickUpWithin : roster.Options.PickUpTime);
        return new(this);
    }

    DeliveryPickedUp PickUp(Roster roster)
    {
        (Status, PickedUpAt) = (DeliveryStatus.PickedUp, roster.Now);
        WakeAt = roster.Now + (roster.Options.ByHand ? LookAgain : roster.Options.TravelTime);
        return new(this);
    }

    DeliveryCompleted Complete(DateTimeOffset now)
    {
        (Status, DeliveredAt, EndedAt, WakeAt) = (DeliveryStatus.Delivered, now, now, null);
        return new(this);
    }

    DeliveryFailed FailAttempt(string reason, Roster roster)
    {
        var (attempt, exhausted) = (Attempt, Attempt >= roster.Options.Attempts);
        (Status, Reason, RiderId, RiderName, AssignedAt, PickedUpAt, WakeAt) = (DeliveryStatus.Failed, reason, null, null, null, null, null);
        if (exhausted) EndedAt = roster.Now;
        var fact = new DeliveryFailed(this, exhausted);
        if (Flow == Flow.Choreographed) Retry(attempt, roster);
        return fact;
    }

    /// <summary>Tries anew after this attempt failed; of an attempt that has not failed, or not last, it has no effect.</summary>
    public IReadOnlyList<IEvent> Reassign(int attempt, Roster roster) => Retry(attempt, roster) ? Look(roster, []) : [];

    bool Retry(int attempt, Roster roster)
    {
        if (Status != DeliveryStatus.Failed || Attempt != attempt || attempt >= roster.Options.Attempts) return false;
        WaitForRider(roster);
        return true;
    }

    /// <summary>The rider has it; again has no effect.</summary>
    /// <param name="refusal">Why that cannot be.</param>
    public IReadOnlyList<IEvent> PickUp(Roster roster, out string? refusal)
    {
        refusal = OnTheRoad ? null : $"It is {Word}, so nobody can pick it up.";
        return Status == DeliveryStatus.Assigned ? Look(roster, [PickUp(roster)]) : [];
    }

    /// <summary>The customer has it; again has no effect.</summary>
    /// <param name="refusal">Why that cannot be.</param>
    public IReadOnlyList<IEvent> Complete(DateTimeOffset now, out string? refusal)
    {
        refusal = Status is DeliveryStatus.PickedUp or DeliveryStatus.Delivered ? null : $"It is {Word}, so it cannot have been delivered.";
        return Status == DeliveryStatus.PickedUp ? [Complete(now)] : [];
    }

    /// <summary>The rider gives up this attempt; again has no effect.</summary>
    /// <param name="attempt">The attempt that is meant; null: the present one.</param>
    /// <param name="refusal">Why that cannot be.</param>
    public IReadOnlyList<IEvent> Fail(string reason, int? attempt, Roster roster, out string? refusal)
    {
        var known = Status == DeliveryStatus.Failed || attempt < Attempt;
        refusal = known || (OnTheRoad && (attempt ?? Attempt) == Attempt) ? null : $"It is {Word}, so no rider has it.";
        return known || refusal is not null ? [] : Look(roster, [FailAttempt(reason, roster)]);
    }

    /// <summary>Nobody sets out from now on, also when the order becomes known only later.</summary>
    /// <returns>False when it was picked up before: nothing is changed then.</returns>
    public bool Cancel(string reason, DateTimeOffset now, out IReadOnlyList<IEvent> facts)
    {
        facts = [];
        if (Status is DeliveryStatus.PickedUp or DeliveryStatus.Delivered) return false;
        if (Status == DeliveryStatus.Cancelled) return true;

        (Status, Reason, RiderId, RiderName, AssignedAt, WakeAt, EndedAt) = (DeliveryStatus.Cancelled, reason, null, null, null, null, now);
        if (CustomerId is not null) facts = [new DeliveryCancelled(this)];
        return true;
    }

    /// <summary>
    /// As <see cref="Cancel"/>, at the wish of a customer who waits for the answer: it is said also if nothing else is known of the order, and if it was said before.
    /// </summary>
    public IReadOnlyList<IEvent> CancelFor(Guid customerId, Flow flow, string reason, DateTimeOffset now)
    {
        if (!Placed) (CustomerId, Flow) = (customerId, flow);
        var decided = Status is DeliveryStatus.PickedUp or DeliveryStatus.Delivered or DeliveryStatus.Cancelled;
        Cancel(reason, now, out var facts);
        return decided ? Told() : facts;
    }

    string Word => Status == DeliveryStatus.PickedUp ? "picked up" : Status.ToString().ToLowerInvariant();
}

/// <summary>How a delivery looks from outside.</summary>
public sealed record DeliveryView(
    Guid Id, Guid OrderId, Guid? CustomerId, DeliveryStatus Status, RiderName? Rider, int Attempt, string? Reason,
    DateTimeOffset CreatedAt, DateTimeOffset? AssignedAt, DateTimeOffset? PickedUpAt, DateTimeOffset? DeliveredAt, Address? Address, IReadOnlyList<Parcel> Parcels)
{
    public DeliveryView(Delivery delivery) : this(
        delivery.Id, delivery.OrderId, delivery.CustomerId, delivery.Status, delivery.Rider, delivery.Attempt, delivery.Reason,
        delivery.CreatedAt, delivery.AssignedAt, delivery.PickedUpAt, delivery.DeliveredAt, delivery.Address, delivery.Parcels) { }
}
