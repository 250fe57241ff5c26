using Kampung.AppHost.Audit;
using Kampung.AppHost.Chaos;

namespace Kampung.AppHost.Tests;

/// <summary>What chaos does and what it holds the village to, without a village.</summary>
public sealed class ChaosTests
{
    static readonly string[] Processes = [.. Village.Members.Select(member => member.Name), "order-service-2"];

    [Fact]
    public void The_same_seed_is_the_same_plan_and_the_same_orders()
    {
        FaultPlan.Make(Processes, TimeSpan.FromMinutes(3), seed: 7).ShouldBe(FaultPlan.Make(Processes, TimeSpan.FromMinutes(3), seed: 7));
        FaultPlan.Make(Processes, TimeSpan.FromMinutes(3), seed: 7).ShouldNotBe(FaultPlan.Make(Processes, TimeSpan.FromMinutes(3), seed: 8));

        Texts(seed: 7).ShouldBe(Texts(seed: 7));
        Texts(seed: 7).ShouldNotBe(Texts(seed: 8));

        static IEnumerable<string> Texts(int seed) => ShoppingList.Make(50, TimeSpan.FromMinutes(3), ["orchestrated", "choreographed"], customers: 5, prepared: 6, stocked: 4, seed)
            .Select(wish => $"{wish with { Products = [] }} {string.Join(", ", wish.Products)}");
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(1)]
    [InlineData(10)]
    public void However_short_it_is_everything_is_broken_once_some_are_paused_and_all_events_come_twice(double minutes)
    {
        for (var seed = 1; seed <= 20; seed++)
        {
            var plan = FaultPlan.Make(Processes, TimeSpan.FromMinutes(minutes), seed);

            plan.Where(fault => fault.Kind is FaultKind.Kill or FaultKind.Restart).Select(fault => fault.Target).Distinct().ShouldBe(Processes, ignoreOrder: true);
            plan.Where(fault => fault.Kind == FaultKind.Restart).ShouldHaveSingleItem().Target.ShouldBe(Village.PostgreSql);
            foreach (var target in new[] { "order-service", "payment-service", Village.Broker }) plan.ShouldContain(fault => fault.Kind == FaultKind.Pause && fault.Target == target);
            plan.ShouldAllBe(fault => fault.Kind == FaultKind.Pause == fault.For > TimeSpan.FromSeconds(6));
            plan.Count(fault => fault.Kind == FaultKind.Redeliver).ShouldBe(3);
            plan.GroupBy(fault => (fault.Kind, fault.Target)).ShouldAllBe(group => group.Key.Kind == FaultKind.Pause ? group.Count() == 1 : group.Count() <= 3);
            plan.ShouldBeInOrder(SortDirection.Ascending, Comparer<Fault>.Create((a, b) => a.At.CompareTo(b.At)));
            plan[^1].At.ShouldBeLessThanOrEqualTo(TimeSpan.FromMinutes(minutes));
        }
    }

    static readonly Guid Siti = Guid.CreateVersion7();

    static (Bought Bought, Order Order) One(string flow = "choreographed", string status = "completed")
    {
        var id = Guid.CreateVersion7();
        return (new(new Wish(1, default, 0, flow, [], "tok_visa", null, false, false), Siti, id, [], 1, default, null, null),
            new(id, Siti, status, flow, "MYR", 10, [], DateTimeOffset.UtcNow));
    }

    [Theory]
    [InlineData("completed", true)]
    [InlineData("rejected", true)]
    [InlineData("cancelled", true)]
    [InlineData("confirmed", false)]
    [InlineData("placed", false)]
    public void With_everything_up_again_an_order_that_waits_has_no_excuse(string status, bool ended)
    {
        var (bought, order) = One(status: status);
        var waiting = order with { Waiting = new("deliver", 3, "delivery-service: does not answer", DateTimeOffset.UtcNow) };

        ChaosInvariants.AllEnded([bought], new Books { Orders = [waiting, waiting with { OrderId = Guid.CreateVersion7(), CustomerId = Guid.CreateVersion7() }] })
            .Violations.Select(violation => violation.OrderId).ShouldBe(ended ? [] : [order.OrderId]);
    }

    [Fact]
    public void What_customers_were_told_is_so()
    {
        var (bought, order) = One();
        var other = Guid.CreateVersion7();
        Said([bought], [order]).ShouldBeEmpty();
        Said([bought], [order, order with { OrderId = other, CustomerId = Guid.CreateVersion7() }]).ShouldBeEmpty("another customer's order is nobody's business");

        Said([bought with { OrderId = null, Refusal = "answered 503" }], []).ShouldBe(["request 1 was never answered with an order: answered 503"]);
        Said([bought with { Others = [other] }], [order]).ShouldBe([$"and order {other} came of the same key"]);
        Said([bought], []).ShouldBe(["was told to its customer, and does not exist"]);
        Said([bought, bought], [order]).ShouldBe(["came of 2 keys"]);
        Said([bought], [order, order with { OrderId = other }]).ShouldBe(["exists, and nobody was told of it"]);
        Said([bought with { Cancelled = "answered 404" }], [order]).ShouldBe(["was to be cancelled, and that was answered 404"]);
        Said([bought with { Cancelled = "too late" }], [order]).ShouldBeEmpty();
        Said([bought], [order with { Flow = "orchestrated" }]).ShouldBe(["was asked for choreographed, and is orchestrated"]);
        Said([bought], [order with { Flow = "orchestrated", Total = 0 }]).ShouldBeEmpty("what costs nothing is the chief's");

        static IEnumerable<string> Said(Bought[] bought, Order[] orders) => ChaosInvariants.TakenAtTheirWord(bought, new Books { Orders = orders }).Violations.Select(violation => violation.What);
    }
}
