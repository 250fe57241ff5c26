using System.Net;
using Kampung.Testing;

namespace Kampung.Orders.Tests;

/// <summary>An order taken back has cost nothing, whenever that is asked.</summary>
public sealed class CancelOrderTests(OrderVillage village)
{
    Shop Shop => village.Shop;

    [Fact]
    public async Task A_confirmed_order_is_cancelled_and_its_money_given_back()
    {
        var customer = await village.NewCustomerAsync();
        var order = await Shop.PlacedAsync(customer, wait: 30);
        using var answer = await Shop.CancelAsync(customer, order.Id);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await Shop.ReadAsync(answer)).ShouldSatisfyAllConditions(o => o.Status.ShouldBe("cancelled"), o => o.Reason.ShouldBe("cancelled by the customer"));
        (await Ledger.BalanceAsync(village.PaymentsDatabase, order.Id)).ShouldBe(0);
        (await Shop.FactsAsync(order.Id)).ShouldBe(["order-placed", "order-confirmed", "order-cancelled"]);
        await Shop.Published(order.Id)[^1].ShouldKeepItsContract();
    }

    [Fact]
    public async Task What_is_over_cannot_be_cancelled()
    {
        var customer = await village.NewCustomerAsync();
        var rejected = await Shop.PlacedAsync(customer, "tok_declined", wait: 30);
        await IsConflict(rejected.Id, "The order is rejected already.");

        var cancelled = await Shop.PlacedAsync(customer, wait: 30);
        await Shop.CancelAsync(customer, cancelled.Id);
        await IsConflict(cancelled.Id, "The order is cancelled already.");

        async Task IsConflict(Guid order, string reason)
        {
            using var answer = await Shop.CancelAsync(customer, order);
            answer.StatusCode.ShouldBe(HttpStatusCode.Conflict);
            (await answer.Content.ReadAsStringAsync()).ShouldContain(reason);
        }
    }

    [Fact]
    public async Task Cancelling_while_the_charge_is_under_way_ends_cancelled_with_no_money_taken()
    {
        var customer = await village.NewCustomerAsync();
        var orders = await Task.WhenAll(Enumerable.Range(0, 40).Select(async i =>
        {
            var order = await Shop.PlacedAsync(customer, i % 4 == 0 ? "tok_timeout" : "tok_visa");
            await Task.Delay(i % 8 * 5);
            var answers = await Task.WhenAll(Shop.CancelAsync(customer, order.Id), Shop.CancelAsync(customer, order.Id));
            answers.Select(answer => (int)answer.StatusCode).ShouldContain(status => status == 200 || status == 202, string.Join(", ", await Task.WhenAll(answers.Select(a => a.Content.ReadAsStringAsync()))));
            return order.Id;
        }));

        foreach (var order in orders) await Shop.EndsAsync(customer, order, "cancelled");
        var announced = await Shop.FactsAsync(orders);
        foreach (var order in orders)
        {
            (await Ledger.BalanceAsync(village.PaymentsDatabase, order)).ShouldBe(0);
            (await Ledger.ChargesAsync(village.PaymentsDatabase, order)).ShouldBeLessThanOrEqualTo(1);
            var facts = announced[order].ToList();
            (facts[0], facts[^1], facts.Distinct().Count()).ShouldBe(("order-placed", "order-cancelled", facts.Count));
            facts.ShouldNotContain("order-rejected");
        }
    }
}
