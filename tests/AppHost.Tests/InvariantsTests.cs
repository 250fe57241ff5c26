using Kampung.AppHost.Audit;

namespace Kampung.AppHost.Tests;

/// <summary>Each thing that the audit looks at, broken in books made by hand: it is what is told, and nothing else is.</summary>
public sealed class InvariantsTests
{
    const string Ended = "every order ended, or waits with a reason",
        Undone = "nothing is held, cooked, carried or charged for an order that was undone",
        Done = "a confirmed order has its stock, and a completed one was cooked and delivered",
        Money = "charged minus refunded is the total of the orders that stand",
        Provider = "payment-service and the provider have the same books",
        OnHand = "on hand + reserved + sold = received",
        Told = "one notification of each kind an order and channel, and none missing",
        Sent = "every outbox is empty",
        TakenIn = "every event was taken in by everybody who hears it",
        Parked = "no event is parked",
        Dead = "no dead letter is open";

    static readonly DateTimeOffset Now = DateTimeOffset.UtcNow, Yesterday = Now - TimeSpan.FromDays(1);
    static readonly Guid Pot = Guid.CreateVersion7(), Satay = Guid.CreateVersion7(), Siti = Guid.CreateVersion7();
    static readonly Guid Completed = Guid.CreateVersion7(), Confirmed = Guid.CreateVersion7(), Cancelled = Guid.CreateVersion7(), Rejected = Guid.CreateVersion7();
    static readonly Line[] Lines = [new(Satay, 2, Kind: "prepared"), new(Pot, 1, Kind: "stocked")];
    static readonly Line[] SetAside = [new(Satay, 2, Counted: false), new(Pot, 1)];

    /// <summary>One order of each outcome, and all that belongs to it.</summary>
    static Books Balanced { get; } = new()
    {
        At = Now,
        Kept = new(Yesterday, Yesterday, Yesterday, Yesterday),
        Orders = [Of(Completed, "completed"), Of(Confirmed, "confirmed") with { Waiting = Chief("deliver") }, Of(Cancelled, "cancelled"), Of(Rejected, "rejected")],
        Reservations = [new(Completed, "sold", SetAside), new(Confirmed, "reserved", SetAside), new(Cancelled, "released", SetAside), new(Rejected, "rejected", [])],
        Stock = [new(Pot, Counted: true, Received: 10, OnHand: 8, Reserved: 1, Sold: 1), new(Satay, Counted: false, 0, 0, 0, 0)],
        Payments =
        [
            new(Completed, "MYR", 30, 0, "succeeded", 30), new(Confirmed, "MYR", 30, 0, "succeeded", 30), new(Cancelled, "MYR", 30, 30, "refunded", 30, 30),
            new(Rejected, "MYR", 0, 0, "declined", 30),
        ],
        Tickets = [Ticketed(Completed, "ready"), Ticketed(Confirmed, "ready"), Ticketed(Cancelled, "cancelled")],
        Deliveries = [new(Completed, "delivered"), new(Confirmed, "pickedUp"), new(Cancelled, "cancelled")],
        Notifications =
        [
            .. Letters(Completed, "payment-receipt", "order-confirmed", "meal-ready", "on-its-way", "delivered"),
            .. Letters(Confirmed, "payment-receipt", "order-confirmed", "meal-ready", "on-its-way"),
            .. Letters(Cancelled, "payment-receipt", "payment-refunded", "order-cancelled"),
            .. Letters(Rejected, "order-rejected"),
        ],
        Outboxes = [new(0, Service: "order-service")],
        Log = new() { Groups = [new("order-service", Settled: true, new Dictionary<string, long>())] },
    };

    static Order Of(Guid id, string status, string flow = "orchestrated") => new(id, Siti, status, flow, "MYR", 30, Lines, Now - TimeSpan.FromHours(1));

    static Ticket Ticketed(Guid order, string status) => new(order, Guid.CreateVersion7(), "Pak Din", status);

    static Waiting Chief(string step) => new(step, 0, $"{step} is under way.", Now, Now);

    static IEnumerable<Notification> Letters(Guid order, params string[] kinds) =>
        from kind in kinds from channel in new[] { "email", "inApp" } select new Notification(order, Siti, kind, channel, "sent", 1, order);

    static Order Placed(string flow = "choreographed", Waiting? waiting = null) => Of(Guid.CreateVersion7(), "placed", flow) with
    {
        Waiting = waiting ?? new("stock-reserved or stock-rejected", 0, "inventory-service has not said stock-reserved or stock-rejected.", Now),
    };

    [Fact]
    public void Books_that_balance_are_said_to()
    {
        Broken(Balanced).ShouldBeEmpty();
        Balanced.NothingOnItsWay.ShouldBeTrue();
        Balanced.IsQuiet.ShouldBeFalse("one order is not over");
        (Balanced with { Orders = [Balanced.Orders[0]] }).IsQuiet.ShouldBeTrue();
    }

    static readonly Dictionary<string, (string Invariant, Func<Books, Books> Break)> Breaks = new()
    {
        ["an order without a reason"] = (Ended, books => Change(books, Confirmed, order => order with { Waiting = new("none", 0, null, Now) })),
        ["an order of which nothing is said"] = (Ended, books => Change(books, Confirmed, order => order with { Waiting = null })),
        ["a plan that nobody carries"] = (Ended, books =>
            Change(books, Confirmed, order => order with { Waiting = Chief("deliver") with { NextAttempt = Now - TimeSpan.FromMinutes(5) } })),
        ["an order that has not heard of its delivery"] = (Ended, books => AlsoTold(Confirmed, "delivered")(Delivery(Confirmed, "delivered")(books))),
        ["an order that has not heard of its payment"] = (Ended, books => Place(books, Placed("orchestrated", Chief("charge")), paid: "succeeded")),
        ["an order that has not heard that its card is declined"] = (Ended, books => Place(books, Placed("orchestrated", Chief("charge")), paid: "declined")),
        ["order-placed was lost"] = (Ended, books => Place(books, Placed())),
        ["stock-reserved was lost"] = (Ended, books => Place(books, Placed(), reserved: true)),
        ["payment-confirmed was lost to the kitchen"] = (Ended, books =>
            Change(Ticket(Confirmed, "held")(Delivery(Confirmed, "held")(books)), Confirmed, WaitsFor("ticket-accepted"))),
        ["meal-prepared was lost"] = (Ended, books => Change(Delivery(Confirmed, "held")(books), Confirmed, WaitsFor("delivery-assigned"))),

        ["stock that is set aside for an order that was cancelled"] = (Undone, books =>
            Pots(stock => stock with { OnHand = 7, Reserved = 2 })(Reservation(Cancelled, reservation => reservation with { Status = "reserved" })(books))),
        ["a payment that is still taken for an order that was rejected"] = (Undone, Payment(Rejected, payment => payment with { Status = "pending" })),
        ["a ticket that is cooked for an order that was cancelled"] = (Undone, Ticket(Cancelled, "accepted")),
        ["a ticket that is held for an order that is completed"] = (Undone, Ticket(Completed, "held")),
        ["a rider who looks for an order that was cancelled"] = (Undone, Delivery(Cancelled, "waiting")),
        ["a rider who still carries an order that is completed"] = (Undone, Delivery(Completed, "pickedUp")),
        ["an order that was cancelled, and delivered"] = (Undone, books => Delivery(Cancelled, "delivered")(books) with { Unreachables = [new(Siti, Left: true, [])] }),

        ["a confirmed order without stock"] = (Done, books => books with
        {
            Reservations = [.. books.Reservations.Where(reservation => reservation.OrderId != Confirmed)],
            Stock = [books.Stock[0] with { OnHand = 9, Reserved = 0 }],
        }),
        ["a completed order without tickets"] = (Done, books => books with { Tickets = [.. books.Tickets.Where(ticket => ticket.OrderId != Completed)] }),
        ["a completed order whose ticket was cancelled"] = (Done, Ticket(Completed, "cancelled")),
        ["a completed order whose ticket failed"] = (Done, Ticket(Completed, "failed")),
        ["a completed order without a delivery"] = (Done, books => books with { Deliveries = [.. books.Deliveries.Where(delivery => delivery.OrderId != Completed)] }),
        ["a completed order whose delivery failed"] = (Done, Delivery(Completed, "failed")),

        ["an order that was not charged"] = (Money, books => books with { Payments = [.. books.Payments.Where(payment => payment.OrderId != Completed)] }),
        ["an order that was charged twice"] = (Money, Payment(Completed, payment => payment with { Amount = 60, ProviderCharged = 60 })),
        ["an order that was refunded although it stands"] = (Money, books =>
            AlsoTold(Confirmed, "payment-refunded")(Payment(Confirmed, payment => payment with { Refunded = 10, ProviderRefunded = 10 })(books))),
        ["an order that waits, and is charged more than it costs"] = (Money, books => Place(books, Placed("orchestrated", Chief("charge")), paid: "pending", charged: 31)),
        ["a charge for no order"] = (Money, books => books with { Payments = [.. books.Payments, new(Guid.CreateVersion7(), "MYR", 5, 0, "succeeded", 5)] }),
        ["a charge in another currency"] = (Money, books => books with { Payments = [.. books.Payments, new(Completed, "SGD", 5, 0, "succeeded", 5)] }),

        ["a charge that payment-service does not know of"] = (Provider, Payment(Completed, payment => payment with { Status = null, Amount = 0 })),
        ["another amount at the provider"] = (Provider, Payment(Completed, payment => payment with { Amount = 29 })),
        ["another refund at the provider"] = (Provider, Payment(Cancelled, payment => payment with { Refunded = 29 })),

        ["a piece that is nowhere"] = (OnHand, Pots(stock => stock with { OnHand = 7 })),
        ["fewer than none on hand"] = (OnHand, Pots(stock => stock with { Received = 1, OnHand = -1 })),
        ["a piece set aside for nobody"] = (OnHand, Pots(stock => stock with { OnHand = 7, Reserved = 2 })),
        ["a piece sold to nobody"] = (OnHand, Pots(stock => stock with { OnHand = 7, Sold = 2 })),
        ["other pieces than were ordered"] = (OnHand,
            Reservation(Confirmed, reservation => reservation with { Lines = [SetAside[1], SetAside[0] with { Quantity = 1 }] })),
        ["stock of a confirmed order that was put back"] = (OnHand, books =>
            Pots(stock => stock with { OnHand = 9, Reserved = 0 })(Reservation(Confirmed, reservation => reservation with { Status = "released" })(books))),
        ["stock of a completed order that was never sold"] = (OnHand, Reservation(Completed, reservation => reservation with { Status = "reserved" })),
        ["stock sold for no order"] = (OnHand, books => books with { Reservations = [.. books.Reservations, new(Guid.CreateVersion7(), "sold", [])] }),

        ["a customer who was told twice"] = (Told, books => books with { Notifications = [books.Notifications[0] with { Count = 2 }, .. books.Notifications.Skip(1)] }),
        ["a customer who was told of a rejection of what was cancelled"] = (Told, AlsoTold(Cancelled, "order-rejected")),
        ["a customer who was told that what stands is cancelled"] = (Told, AlsoTold(Completed, "order-cancelled")),
        ["a customer who was told that what was rejected is confirmed"] = (Told, AlsoTold(Rejected, "order-confirmed")),
        ["a customer who was told that what was cancelled is delivered"] = (Told, AlsoTold(Cancelled, "delivered")),
        ["a customer who chose, and was told nothing of the money"] = (Told, books =>
            WithoutLetters(books, Completed, "payment-receipt") with { Unreachables = [new(Siti, Left: false, ["delivered"], ["email"])] }),

        ["an event that is not sent"] = (Sent, books => books with { Outboxes = [new(1, Now, Service: "order-service")] }),
        ["an event that is not taken in"] = (TakenIn, books => books with { Log = Behind(2) }),
        ["a broker that does not answer"] = (TakenIn, books => books with { Log = new() { Unknown = "It does not answer." } }),
        ["an event that is parked"] = (Parked, books => books with { Outboxes = [new(0, Parked: 1, Service: "order-service")] }),
        ["a dead letter"] = (Dead, books => books with { DeadLetters = [new(Guid.CreateVersion7(), "order-placed", $"{Completed}", 15, "why", null, 0)] }),
    };

    public static TheoryData<string> Names => [.. Breaks.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_broken_is_told(string what) => Broken(Breaks[what].Break(Balanced)).ShouldBe([Breaks[what].Invariant]);

    [Fact]
    public void Money_that_is_kept_for_an_order_that_was_cancelled_is_told_as_such_and_misses_in_the_sum() =>
        Broken(Payment(Cancelled, payment => payment with { Status = "succeeded", Refunded = 0, ProviderRefunded = 0 })(Balanced)).ShouldBe([Undone, Money]);

    public static TheoryData<Guid, string> Tellings => [.. Balanced.Notifications.Select(letter => (letter.About, letter.Kind)).Distinct()];

    [Theory]
    [MemberData(nameof(Tellings))]
    public void What_a_customer_was_not_told_is_told_by_which_channel(Guid order, string kind)
    {
        var untold = Balanced.Notifications.Where(letter => (letter.About, letter.Kind, letter.Channel) != (order, kind, "email"));
        var told = Violations(Balanced with { Notifications = [.. untold] });

        told.ShouldHaveSingleItem().OrderId.ShouldBe(order);
        told[0].What.ShouldEndWith($"nobody told {kind} by email");
    }

    [Theory]
    [InlineData("left")]
    [InlineData("muted")]
    [InlineData("chose a channel")]
    public void Who_does_not_want_to_be_told_need_not_be(string why) => Broken((why switch
    {
        "left" => Balanced with { Notifications = [], Unreachables = [new(Siti, Left: true, [])] },
        "muted" => WithoutLetters(Balanced, Completed, "meal-ready", "on-its-way", "delivered") with
        {
            Unreachables = [new(Siti, Left: false, ["meal-ready", "on-its-way", "delivered"], ["email", "inApp"])],
        },
        _ => Balanced with
        {
            Notifications = [.. Balanced.Notifications.Where(letter => letter.Channel == "inApp")],
            Unreachables = [new(Siti, Left: false, [], ["inApp"])],
        },
    })).ShouldBeEmpty();

    [Fact]
    public void What_is_forgotten_in_time_is_not_missed()
    {
        var forgetful = Balanced with { Notifications = [], Tickets = [], Deliveries = [Balanced.Deliveries[1]], Reservations = [Balanced.Reservations[1]] };
        var soon = Now - TimeSpan.FromMinutes(1);

        Broken(forgetful).ShouldBe([Done, Told]);
        Broken(forgetful with { Kept = new(soon, soon, soon, soon) }).ShouldBeEmpty();
        Broken(forgetful with { Kept = new() }).ShouldBeEmpty("these services do not run");
    }

    [Theory]
    [InlineData("payment")]
    [InlineData("ticket")]
    [InlineData("delivery")]
    public void An_order_without_a_chief_may_wait_for_who_has_something_in_hand(string what)
    {
        var (before, order) = (Balanced, Placed());
        Broken(what switch
        {
            "payment" => Place(before, order, reserved: true, paid: "pending"),
            "ticket" => Place(before, order, reserved: true) with { Tickets = [.. before.Tickets, Ticketed(order.OrderId, "accepted")] },
            _ => Place(before, order, reserved: true) with { Deliveries = [.. before.Deliveries, new(order.OrderId, "assigned")] },
        }).ShouldBeEmpty();
    }

    [Fact]
    public void While_an_event_is_on_its_way_no_order_is_called_lost()
    {
        var lost = Place(Balanced, Placed());
        Broken(lost).ShouldBe([Ended]);
        Broken(lost with { Log = lost.Log with { Moved = true } }).ShouldBeEmpty();
        Broken(lost with { Outboxes = [new(1, Now, Service: "order-service")] }).ShouldBe([Sent]);
        Broken(lost with { Outboxes = [new(0, Parked: 1, Service: "order-service")] }).ShouldBe([Parked]);
        Broken(lost with { DeadLetters = [new(Guid.CreateVersion7(), "order-placed", $"{lost.Orders[^1].OrderId}", 15, "why", null, 0)] }).ShouldBe([Dead]);
    }

    [Theory]
    [InlineData("sent")]
    [InlineData("parked")]
    [InlineData("behind")]
    [InlineData("unsettled")]
    [InlineData("moved")]
    [InlineData("unknown")]
    [InlineData("letter")]
    public void It_is_not_quiet_while_something_is_under_way(string what)
    {
        var quiet = Balanced with { Orders = [Balanced.Orders[0]] };
        (what switch
        {
            "sent" => quiet with { Outboxes = [new(1, Now)] },
            "parked" => quiet with { Outboxes = [new(0, Parked: 1)] },
            "behind" => quiet with { Log = Behind(1) },
            "unsettled" => quiet with { Log = new() { Groups = [new("order-service", Settled: false, new Dictionary<string, long>())] } },
            "moved" => quiet with { Log = new() { Moved = true } },
            "unknown" => quiet with { Log = new() { Unknown = "It does not answer." } },
            _ => quiet with { Notifications = [quiet.Notifications[0] with { State = "pending" }] },
        }).IsQuiet.ShouldBeFalse();
    }

    static IEnumerable<string> Broken(Books books) => Invariants.All.Where(invariant => invariant.Check(books).Violations.Count > 0).Select(invariant => invariant.Name);

    static List<Violation> Violations(Books books) => [.. Invariants.All.SelectMany(invariant => invariant.Check(books).Violations)];

    static Books Change(Books books, Guid id, Func<Order, Order> change) => books with { Orders = [.. books.Orders.Select(order => order.OrderId == id ? change(order) : order)] };

    static Func<Order, Order> WaitsFor(string fact) => order => order with { Flow = "choreographed", Waiting = new(fact, 0, $"Nobody has said {fact}.", Now) };

    static Func<Books, Books> Reservation(Guid id, Func<Reservation, Reservation> change) =>
        books => books with { Reservations = [.. books.Reservations.Select(one => one.OrderId == id ? change(one) : one)] };

    static Func<Books, Books> Payment(Guid id, Func<Payment, Payment> change) =>
        books => books with { Payments = [.. books.Payments.Select(one => one.OrderId == id ? change(one) : one)] };

    static Func<Books, Books> Ticket(Guid id, string status) =>
        books => books with { Tickets = [.. books.Tickets.Select(one => one.OrderId == id ? one with { Status = status } : one)] };

    static Func<Books, Books> Delivery(Guid id, string status) =>
        books => books with { Deliveries = [.. books.Deliveries.Select(one => one.OrderId == id ? one with { Status = status } : one)] };

    static Func<Books, Books> Pots(Func<Stock, Stock> change) => books => books with { Stock = [change(books.Stock[0]), .. books.Stock.Skip(1)] };

    static Func<Books, Books> AlsoTold(Guid id, string kind) => books => books with { Notifications = [.. books.Notifications, .. Letters(id, kind)] };

    static EventLog Behind(long events) => new() { Groups = [new("order-service", Settled: true, new Dictionary<string, long> { ["meal-prepared"] = events })] };

    static Books WithoutLetters(Books books, Guid id, params string[] kinds) =>
        books with { Notifications = [.. books.Notifications.Where(letter => letter.About != id || !kinds.Contains(letter.Kind))] };

    /// <summary>One more order, and what is known of it.</summary>
    static Books Place(Books books, Order order, bool reserved = false, string? paid = null, decimal? charged = null) => books with
    {
        Orders = [.. books.Orders, order],
        Reservations = reserved ? [.. books.Reservations, new(order.OrderId, "reserved", SetAside)] : books.Reservations,
        Stock = reserved ? [books.Stock[0] with { OnHand = books.Stock[0].OnHand - 1, Reserved = books.Stock[0].Reserved + 1 }] : books.Stock,
        Payments = paid is null ? books.Payments
            : [.. books.Payments, paid == "succeeded" ? new(order.OrderId, "MYR", 30, 0, paid, 30) : new(order.OrderId, "MYR", charged ?? 0, 0, paid, 30)],
        Notifications = paid == "succeeded" ? [.. books.Notifications, .. Letters(order.OrderId, "payment-receipt")] : books.Notifications,
    };
}
