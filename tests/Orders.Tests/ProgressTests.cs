using Kampung.Messaging;

namespace Kampung.Orders.Tests;

/// <summary>What follows what in a plan, decided without any database or service.</summary>
public sealed class ProgressTests
{
    static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    static readonly Backoff Backoff = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));
    static readonly TimeSpan Rest = TimeSpan.FromSeconds(20);
    static readonly Outcome Done = Outcome.Done("a-service", "done");
    static readonly Outcome Waiting = Outcome.Waiting("a-service", "under way");
    static readonly Outcome Refused = Outcome.Refused("a-service", "refused", "no");
    static readonly Outcome Failed = Outcome.Failed("a-service", "failed");
    static readonly Outcome None = Done with { What = "not called" };

    readonly Plan<Order> plan = new Plan<Order>()
        .Step("first", Never, undo: Never, onRefusal: "first refused")
        .Step("second", Never, undo: Never, onRefusal: "second refused")
        .Announce("confirm", (order, now) => order.Confirm(now))
        .Await("cook", Never, undo: Never, onRefusal: "not cooked", when: order => order.HasPrepared,
            until: FactKind.MealPrepared, failed: FactKind.PreparationFailed, late: FactKind.TicketOverdue, remedies: [Never, Never])
        .Await("bring", Never, undo: Never, onRefusal: "not brought",
            until: FactKind.Delivered, failed: FactKind.DeliveryGivenUp, late: FactKind.DeliveryFailed, remedies: [Never])
        .Announce("complete", (order, now) => order.Complete(now));

    Order order;
    Progress progress;

    public ProgressTests() => (order, progress) = Begin("prepared");

    (Order, Progress) Begin(string kind)
    {
        var placed = Order.Place(Guid.NewGuid(), new(Guid.NewGuid(), "12 Jalan Besar", "Singapore", "SG"), "SGD",
            [new(Guid.NewGuid(), Guid.NewGuid(), "Satay", null, "Pak Ali", kind, 1, 5, 5)], "tok_visa", Now).Order;
        return (placed, Progress.Begin(plan, placed.Id, lease: Guid.NewGuid(), Now));
    }

    static Task<Outcome> Never(Order order, CancellationToken ct) => throw new InvalidOperationException("Nothing is called here.");

    static Task<Outcome> Never(Order order, int times, CancellationToken ct) => throw new InvalidOperationException("Nothing is called here.");

    static string? Facts(IReadOnlyList<IEvent> facts) => facts.Count == 0 ? null : string.Join(' ', facts.Select(fact => fact.GetType().Name));

    /// <summary>What is tried now comes out like this.</summary>
    string? Take(Outcome outcome) => Take(progress.Next, outcome);

    string? Take(Attempt attempt, Outcome outcome) => Facts(progress.Take(attempt, outcome, plan, order, Now, Backoff, Rest));

    string? Hear(FactKind kind, int times = 1) => Facts(progress.Hear(
        new Fact(kind, order.Id, "a-service", "a-topic", Guid.NewGuid(), Now, Times: times), plan, order, Now));

    string? Cancel(string reason = "changed my mind") => progress.Cancel(order, reason, apology: false, Now);

    void Confirm()
    {
        Take(Done).ShouldBeNull();
        Take(Done).ShouldBe("OrderConfirmed");
    }

    (Direction, string) At => (progress.Direction, progress.Step);

    [Fact]
    public void Steps_follow_each_other_and_the_last_is_committed_with_the_fact_after_it()
    {
        Take(Done).ShouldBeNull();
        At.ShouldBe((Direction.Forward, "second"));
        Take(Done).ShouldBe("OrderConfirmed");
        At.ShouldBe((Direction.Forward, "cook"));
        Take(Done).ShouldBeNull();
        Take(Done).ShouldBe("OrderCompleted");
        (progress.Direction, progress.Lease, order.Status).ShouldBe((Direction.Ended, null, OrderStatus.Completed));
    }

    [Fact]
    public void A_step_that_is_not_needed_is_left_out_in_both_directions()
    {
        (order, progress) = Begin("stocked");
        Confirm();
        At.ShouldBe((Direction.Forward, "bring"));
        Cancel();
        Take(Failed);
        At.ShouldBe((Direction.Undoing, "bring"));
        Take(Done);
        At.ShouldBe((Direction.Undoing, "second"));
    }

    [Fact]
    public void A_refusal_undoes_the_steps_before_it_and_rejects_the_order()
    {
        Take(Done);
        Take(Refused).ShouldBeNull();
        (progress.Direction, progress.Step, order.Status).ShouldBe((Direction.Undoing, "first", OrderStatus.Placed));
        Take(Done).ShouldBe("OrderRejected");
        (progress.Direction, order.Status, order.Reason).ShouldBe((Direction.Ended, OrderStatus.Rejected, "second refused"));
    }

    [Fact]
    public void A_refusal_of_the_first_step_leaves_nothing_to_undo()
    {
        Take(Refused).ShouldBe("OrderRejected");
        order.Reason.ShouldBe("first refused");
    }

    [Fact]
    public void A_refusal_after_the_pivot_undoes_everything_and_cancels_with_an_apology()
    {
        Confirm();
        Take(Refused).ShouldBeNull();
        At.ShouldBe((Direction.Undoing, "cook")); // half of it may be cooking
        Take(Done);
        Take(Done);
        Take(Done).ShouldBe("OrderCancelled");
        (order.Status, order.Reason, order.Apology).ShouldBe((OrderStatus.Cancelled, "not cooked", true));
    }

    [Fact]
    public void A_failure_lays_the_plan_down_for_ever_longer_until_it_is_done()
    {
        var pauses = new List<double>();
        for (var i = 0; i < 10; i++)
        {
            Take(Failed).ShouldBeNull();
            (progress.Step, progress.Attempts, progress.Lease).ShouldBe(("first", i + 1, null));
            pauses.Add((progress.Due - Now).TotalSeconds);
        }
        pauses[0].ShouldBeInRange(0.9, 1.1);
        pauses[3].ShouldBeInRange(7.2, 8.8);
        pauses[9].ShouldBeInRange(27, 33);
        order.Timeline.Count(entry => entry.What == "failed").ShouldBe(4); // attempts 1, 2, 4, 8
        Take(Done);
        (progress.Step, progress.Attempts).ShouldBe(("second", 0));
    }

    [Fact]
    public void A_plan_that_waits_rests_and_asks_again_now_and_then_without_saying_so()
    {
        Confirm();
        Take(Waiting).ShouldBeNull();
        (progress.Step, progress.Lease, progress.Due).ShouldBe(("cook", null, Now + Rest));
        var told = order.TimelineLength;
        Take(Waiting).ShouldBeNull();
        order.TimelineLength.ShouldBe(told);
        Take(Done);
        progress.Step.ShouldBe("bring");
    }

    [Fact]
    public void The_event_that_a_resting_plan_waits_for_moves_it_on()
    {
        Confirm();
        Take(Waiting);
        Hear(FactKind.TicketReady).ShouldBeNull();
        progress.Step.ShouldBe("cook");
        Hear(FactKind.MealPrepared).ShouldBeNull();
        (progress.Step, progress.Due).ShouldBe(("bring", Now));
        Take(Waiting);
        Hear(FactKind.Delivered).ShouldBe("OrderCompleted");
        progress.Direction.ShouldBe(Direction.Ended);
    }

    [Fact]
    public void An_event_that_comes_before_the_answer_to_the_call_is_not_lost_and_the_answer_counts_for_no_other_step()
    {
        Confirm();
        var cooking = progress.Next;
        var lease = progress.Lease;
        Hear(FactKind.MealPrepared);
        (progress.Step, progress.Lease).ShouldBe(("bring", lease));

        foreach (var answer in new[] { Done, Waiting, Failed, Refused })
        {
            Take(cooking, answer).ShouldBeNull();
            (progress.Step, progress.Direction, progress.Lease).ShouldBe(("bring", Direction.Forward, lease));
        }
    }

    [Fact]
    public void An_event_heard_twice_or_too_late_changes_nothing()
    {
        Confirm();
        Hear(FactKind.MealPrepared);
        Hear(FactKind.MealPrepared).ShouldBeNull();
        progress.Step.ShouldBe("bring");
        Hear(FactKind.Delivered).ShouldBe("OrderCompleted");
        Hear(FactKind.Delivered).ShouldBeNull();
        Hear(FactKind.DeliveryGivenUp).ShouldBeNull();
        order.Status.ShouldBe(OrderStatus.Completed);
    }

    [Fact]
    public void What_is_late_gets_its_remedies_one_after_the_other()
    {
        Confirm();
        Take(Waiting);
        Hear(FactKind.TicketOverdue);
        (progress.Next, progress.Due).ShouldBe((new("cook", Direction.Forward, 1), Now));
        Take(Waiting);
        (progress.Next, progress.Due).ShouldBe((new("cook", Direction.Forward, 0), Now + Rest));

        Hear(FactKind.TicketOverdue, times: 2);
        progress.Next.Late.ShouldBe(2);
        Take(Failed);
        progress.Next.Late.ShouldBe(2); // a remedy is repeated too
        Take(Refused);
        At.ShouldBe((Direction.Undoing, "cook"));
    }

    [Fact]
    public void Being_late_that_is_heard_during_the_call_is_seen_to_after_it()
    {
        Confirm();
        var (cooking, lease) = (progress.Next, progress.Lease);
        Hear(FactKind.TicketOverdue);
        Take(cooking, Waiting);
        (progress.Next.Late, progress.Lease).ShouldBe((1, lease));
    }

    [Fact]
    public void A_stall_that_is_asked_again_may_say_that_it_is_late_if_the_event_never_came()
    {
        Confirm();
        Take(Waiting);
        Take(Outcome.Late("a-service", "overdue", times: 2));
        progress.Next.Late.ShouldBe(2);
        Take(Outcome.Late("a-service", "overdue", times: 2)); // nothing could be done about it
        (progress.Next.Late, progress.Due).ShouldBe((0, Now + Rest));
    }

    [Fact]
    public void Cancelling_during_a_step_undoes_it_and_all_before_in_reverse()
    {
        Take(Done);
        Cancel().ShouldBeNull();
        Take(Done).ShouldBeNull();
        At.ShouldBe((Direction.Undoing, "second"));
        Take(Done).ShouldBeNull();
        progress.Step.ShouldBe("first");
        Take(Failed).ShouldBeNull(); // an undo is repeated too
        Take(Done).ShouldBe("OrderCancelled");
        (order.Status, order.Reason, order.Apology).ShouldBe((OrderStatus.Cancelled, "changed my mind", false));
    }

    [Fact]
    public void Cancelling_while_the_plan_rests_undoes_the_step_that_may_have_been_tried()
    {
        Take(Failed);
        Cancel().ShouldBeNull();
        (progress.MustTurnRound(order), progress.Due).ShouldBe((true, Now));
        progress.TurnRound(plan, order, Now).ShouldBeEmpty();
        At.ShouldBe((Direction.Undoing, "first"));
        progress.MustTurnRound(order).ShouldBeFalse();
    }

    [Fact]
    public void Cancelling_a_confirmed_order_undoes_all_of_it()
    {
        Confirm();
        Take(Waiting);
        Cancel().ShouldBeNull();
        progress.TurnRound(plan, order, Now).ShouldBeEmpty();
        progress.Step.ShouldBe("cook");
        Hear(FactKind.MealPrepared).ShouldBeNull(); // too late for that
        Take(Done);
        Take(Done);
        Take(Done).ShouldBe("OrderCancelled");
    }

    [Fact]
    public void An_event_that_comes_while_the_order_is_wanted_back_turns_the_plan_round()
    {
        Confirm();
        Take(Waiting);
        Cancel();
        Hear(FactKind.MealPrepared).ShouldBeNull();
        At.ShouldBe((Direction.Undoing, "cook"));
    }

    [Fact]
    public void When_the_first_undo_is_refused_nothing_is_undone_and_the_plan_goes_forward_again()
    {
        Confirm();
        Take(Done);
        Take(Waiting);
        Cancel();
        progress.TurnRound(plan, order, Now);
        At.ShouldBe((Direction.Undoing, "bring"));
        Take(Refused).ShouldBeNull();

        At.ShouldBe((Direction.Forward, "bring"));
        (order.Status, order.CancelReason, order.CancelRefusal).ShouldBe((OrderStatus.Confirmed, null, "no"));
        order.Timeline[^1].ShouldSatisfyAllConditions(entry => entry.What.ShouldBe("cancel refused"), entry => entry.Detail.ShouldBe("no"));
        Cancel().ShouldBe("A rider has picked the order up.");
        Take(Done).ShouldBe("OrderCompleted");
    }

    [Fact]
    public void After_pick_up_it_is_too_late_to_cancel_unless_that_rider_fails()
    {
        Confirm();
        Take(Done);
        Take(Waiting);
        Hear(FactKind.PickedUp);
        Cancel().ShouldBe("A rider has picked the order up.");
        Hear(FactKind.DeliveryFailed);
        Cancel().ShouldBeNull();
    }

    [Fact]
    public void A_wish_to_cancel_that_was_committed_wins_over_a_refusal()
    {
        Cancel();
        Take(Refused).ShouldBe("OrderCancelled");
    }

    [Fact]
    public void Cancelling_twice_changes_nothing_and_what_is_over_cannot_be_cancelled()
    {
        Cancel();
        var told = order.TimelineLength;
        Cancel("really").ShouldBeNull();
        (order.TimelineLength, order.CancelReason).ShouldBe((told, "changed my mind"));
        Take(Refused);
        Cancel("really").ShouldBe("The order is cancelled already.");
    }

    [Fact]
    public void An_order_that_is_being_rejected_cannot_be_cancelled_and_one_that_is_taken_back_need_not_be()
    {
        Take(Done);
        Take(Refused);
        Cancel().ShouldBe("The order is being rejected.");

        (order, progress) = Begin("prepared");
        Confirm();
        Take(Refused);
        Cancel().ShouldBeNull();
        order.CancelReason.ShouldBeNull();
    }
}
