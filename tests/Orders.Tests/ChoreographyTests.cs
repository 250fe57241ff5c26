using Kampung.Messaging;

namespace Kampung.Orders.Tests;

/// <summary>What becomes of an order without a chief by what the stalls say, in whatever order it is heard.</summary>
public sealed class ChoreographyTests
{
    static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);

    static readonly FactKind[] Story =
    [
        FactKind.StockReserved, FactKind.PaymentConfirmed, FactKind.TicketAccepted, FactKind.TicketOverdue, FactKind.TicketReady, FactKind.MealPrepared,
        FactKind.DeliveryAssigned, FactKind.DeliveryFailed, FactKind.PickedUp, FactKind.Delivered,
    ];

    static Order Place(string kind = "prepared", decimal price = 5) => Order.Place(Guid.NewGuid(), new(Guid.NewGuid(), "12 Jalan Besar", "Singapore", "SG"), "SGD",
        [new(Guid.NewGuid(), Guid.NewGuid(), "Satay", null, "Pak Ali", kind, 1, price, price)], "tok_visa", Now, Flow.Choreographed).Order;

    static string Hear(Order order, params FactKind[] kinds) => string.Join(' ', kinds
        .SelectMany(kind => Choreography.Follow(order, new Fact(kind, order.Id, "a-service", "a-topic", Guid.NewGuid(), Now), Now))
        .Select(fact => fact.GetType().Name));

    [Fact]
    public void In_order_the_facts_confirm_and_complete_it()
    {
        var order = Place();
        Hear(order, FactKind.StockReserved).ShouldBe("");
        Hear(order, FactKind.PaymentConfirmed).ShouldBe("OrderConfirmed");
        Hear(order, FactKind.TicketAccepted, FactKind.MealPrepared, FactKind.DeliveryAssigned, FactKind.PickedUp).ShouldBe("");
        Hear(order, FactKind.Delivered).ShouldBe("OrderCompleted");
    }

    [Fact]
    public void In_any_order_and_told_twice_it_is_confirmed_and_completed_once()
    {
        var random = new Random(7);
        for (var i = 0; i < 500; i++)
        {
            var order = Place();
            var facts = Story.Concat(Story).ToArray();
            random.Shuffle(facts);
            Hear(order, facts).ShouldBe("OrderConfirmed OrderCompleted", string.Join(' ', facts));
            order.Timeline.Count(entry => entry.Topic == "a-topic").ShouldBe(facts.Length);
        }
    }

    [Theory]
    [InlineData(FactKind.StockRejected, "OrderRejected", "out of stock")]
    [InlineData(FactKind.PaymentFailed, "OrderRejected", "payment declined")]
    [InlineData(FactKind.PreparationFailed, "OrderConfirmed OrderCancelled", "no kitchen could prepare it")]
    [InlineData(FactKind.DeliveryGivenUp, "OrderConfirmed OrderCancelled", "no rider could deliver it")]
    public void Bad_news_ends_it_once(FactKind news, string announced, string reason)
    {
        var order = Place();
        Hear(order, news).ShouldBe(announced);
        (order.Reason, order.Apology).ShouldBe((reason, order.Status == OrderStatus.Cancelled));
        Hear(order, news, FactKind.StockReleased, FactKind.PaymentRefunded, FactKind.PaymentConfirmed, FactKind.DeliveryCancelled, FactKind.Delivered).ShouldBe("");
    }

    [Fact]
    public void A_wish_to_cancel_is_granted_by_the_delivery_that_was_cancelled()
    {
        var order = Place();
        Hear(order, FactKind.StockReserved);
        order.AskToCancel("changed my mind", apology: false, Now).ShouldBeNull();
        Hear(order, FactKind.PaymentConfirmed).ShouldBe(""); // nobody is told that it stands while that is not known
        Hear(order, FactKind.DeliveryCancelled).ShouldBe("OrderCancelled");
        (order.Reason, order.Apology).ShouldBe(("changed my mind", false));
        Hear(order, FactKind.PaymentRefunded, FactKind.StockReleased, FactKind.DeliveryCancelled).ShouldBe("");
    }

    [Theory]
    [InlineData(FactKind.PickedUp)]
    [InlineData(FactKind.Delivered)]
    public void A_wish_to_cancel_is_refused_by_the_rider_who_was_quicker(FactKind news)
    {
        var order = Place();
        order.AskToCancel("changed my mind", apology: false, Now);
        Hear(order, FactKind.StockReserved, FactKind.PaymentConfirmed).ShouldBe("");
        Hear(order, news).ShouldStartWith("OrderConfirmed");
        (order.CancelReason, order.CancelRefusal).ShouldBe((null, "A rider has picked the order up."));
        order.Timeline.Count(entry => entry.What == "cancel refused").ShouldBe(1);
        Hear(order, FactKind.Delivered, FactKind.DeliveryCancelled);
        order.Status.ShouldBe(OrderStatus.Completed);
    }

    [Fact]
    public void A_wish_to_cancel_wins_over_bad_news()
    {
        var order = Place();
        order.AskToCancel("changed my mind", apology: false, Now);
        Hear(order, FactKind.PaymentFailed).ShouldBe("OrderCancelled");
        order.Reason.ShouldBe("changed my mind");
    }

    [Fact]
    public void A_delivery_that_is_cancelled_after_the_wish_was_refused_still_ends_it()
    {
        // The rider had it, failed, and the wish was quicker than the next one.
        var order = Place();
        order.AskToCancel("changed my mind", apology: false, Now);
        Hear(order, FactKind.StockReserved, FactKind.PickedUp, FactKind.DeliveryFailed).ShouldBe("OrderConfirmed");
        Hear(order, FactKind.DeliveryCancelled).ShouldBe("OrderCancelled");
    }

    [Fact]
    public void A_pick_up_that_is_heard_after_that_riders_failure_is_old()
    {
        var order = Place();
        Says(FactKind.PaymentConfirmed);
        Says(FactKind.DeliveryFailed);
        order.AskToCancel("changed my mind", apology: false, Now).ShouldBeNull();
        Says(FactKind.PickedUp);
        order.CancelReason.ShouldNotBeNull();
        Says(FactKind.PickedUp, attempt: 2);
        (order.CancelReason, order.CancelRefusal).ShouldBe((null, "A rider has picked the order up."));

        void Says(FactKind kind, int attempt = 1) => Choreography.Follow(order, new Fact(kind, order.Id, "a-service", "a-topic", Guid.NewGuid(), Now, Times: attempt), Now);
    }

    [Fact]
    public void It_is_known_what_an_order_waits_for()
    {
        var order = Place();
        Choreography.Missing(order).ShouldBe(("stock-reserved or stock-rejected", "inventory-service"));
        Waits(FactKind.StockReserved).ShouldBe("payment-service");
        Waits(FactKind.PaymentConfirmed).ShouldBe("kitchen-service");
        Waits(FactKind.TicketAccepted).ShouldBe("kitchen-service");
        Waits(FactKind.MealPrepared).ShouldBe("delivery-service");
        Choreography.Missing(order).Fact.ShouldBe("delivery-assigned");
        Waits(FactKind.DeliveryAssigned).ShouldBe("delivery-service");
        order.AskToCancel("changed my mind", apology: false, Now);
        Choreography.Missing(order).Fact.ShouldBe("delivery-cancelled or delivery-picked-up");

        var pots = Place("stocked");
        Hear(pots, FactKind.StockReserved, FactKind.PaymentConfirmed);
        Choreography.Missing(pots).Fact.ShouldBe("delivery-assigned");

        string Waits(FactKind told)
        {
            Hear(order, told);
            return Choreography.Missing(order).Who;
        }
    }

    [Fact]
    public void An_order_that_costs_nothing_has_a_chief_for_there_will_be_no_news_of_a_payment() => Place(price: 0).Flow.ShouldBe(Flow.Orchestrated);
}
