using Kampung.Messaging;

namespace Kampung.Orders.Tests;

/// <summary>What follows what in a plan, decided without any database or service.</summary>
public sealed class ProgressTests
{
    static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    static readonly Backoff Backoff = new(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(30));
    static readonly Outcome Done = Outcome.Done("a-service", "done");
    static readonly Outcome Refused = Outcome.Refused("a-service", "refused");
    static readonly Outcome Failed = Outcome.Failed("a-service", "failed");

    // Longer than the real one, to see reverse order.
    readonly Plan<Order> plan = new Plan<Order>()
        .Step("first", Never, undo: Never, onRefusal: "first refused")
        .Step("second", Never, undo: Never, onRefusal: "second refused")
        .Announce("confirm", (order, now) => order.Confirm(now));

    readonly Order order = Order.Place(Guid.NewGuid(), new(Guid.NewGuid(), "12 Jalan Besar", "Singapore", "SG"), "SGD", [], "tok_visa", Now).Order;
    readonly Progress progress;

    public ProgressTests() => progress = Progress.Begin(plan, order.Id, lease: Guid.NewGuid(), Now);

    static Task<Outcome> Never(Order order, CancellationToken ct) => throw new InvalidOperationException("Nothing is called here.");

    string? Facts(IReadOnlyList<IEvent> facts) => facts.Count == 0 ? null : string.Join(' ', facts.Select(fact => fact.GetType().Name));

    string? Take(Outcome outcome) => Facts(progress.Take(outcome, plan, order, Now, Backoff));

    [Fact]
    public void Steps_follow_each_other_and_the_last_is_committed_with_the_fact_after_it()
    {
        Take(Done).ShouldBeNull();
        progress.Step.ShouldBe("second");
        Take(Done).ShouldBe("OrderConfirmed");
        (progress.Direction, progress.Lease, order.Status).ShouldBe((Direction.Ended, null, OrderStatus.Confirmed));
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
    public void Cancelling_during_a_step_undoes_it_and_all_before_in_reverse()
    {
        Take(Done);
        progress.Cancel(order, "changed my mind", Now).ShouldBeNull();
        Take(Done).ShouldBeNull();
        (progress.Direction, progress.Step).ShouldBe((Direction.Undoing, "second"));
        Take(Done).ShouldBeNull();
        progress.Step.ShouldBe("first");
        Take(Failed).ShouldBeNull(); // an undo is repeated too
        Take(Done).ShouldBe("OrderCancelled");
        (order.Status, order.Reason).ShouldBe((OrderStatus.Cancelled, "changed my mind"));
    }

    [Fact]
    public void Cancelling_while_the_plan_rests_undoes_the_step_that_may_have_been_tried()
    {
        Take(Failed);
        progress.Cancel(order, "changed my mind", Now).ShouldBeNull();
        (progress.MustTurnRound, progress.Due).ShouldBe((true, Now));
        progress.TurnRound(plan, order, Now).ShouldBeEmpty();
        (progress.Direction, progress.Step, progress.MustTurnRound).ShouldBe((Direction.Undoing, "first", false));
    }

    [Fact]
    public void Cancelling_a_confirmed_order_undoes_all_of_it()
    {
        Take(Done);
        Take(Done);
        progress.Cancel(order, "changed my mind", Now).ShouldBeNull();
        progress.TurnRound(plan, order, Now).ShouldBeEmpty();
        progress.Step.ShouldBe("second");
        Take(Done);
        Take(Done).ShouldBe("OrderCancelled");
    }

    [Fact]
    public void A_wish_to_cancel_that_was_committed_wins_over_a_refusal()
    {
        progress.Cancel(order, "changed my mind", Now);
        Take(Refused).ShouldBe("OrderCancelled");
    }

    [Fact]
    public void Cancelling_twice_changes_nothing_and_what_is_over_cannot_be_cancelled()
    {
        progress.Cancel(order, "changed my mind", Now);
        var version = progress.Version;
        progress.Cancel(order, "really", Now).ShouldBeNull();
        progress.Version.ShouldBe(version);
        Take(Refused);
        progress.Cancel(order, "really", Now).ShouldBe("The order is cancelled already.");
    }

    [Fact]
    public void An_order_that_is_being_rejected_cannot_be_cancelled()
    {
        Take(Done);
        Take(Refused);
        progress.Cancel(order, "changed my mind", Now).ShouldBe("The order is being rejected.");
    }
}
