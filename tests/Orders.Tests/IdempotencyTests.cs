using System.Net;
using Kampung.Testing;

namespace Kampung.Orders.Tests;

/// <summary>One key, one order.</summary>
public sealed class IdempotencyTests(OrderVillage village)
{
    Shop Shop => village.Shop;

    [Fact]
    public async Task The_same_key_again_gives_the_same_order()
    {
        var customer = await village.NewCustomerAsync();
        var first = await Shop.ReadAsync(await Shop.PlaceAsync(customer, Shop.Body(customer), "lunch"));
        using var again = await Shop.PlaceAsync(customer, Shop.Body(customer), "lunch");
        again.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        (await Shop.ReadAsync(again)).Id.ShouldBe(first.Id);

        using var waited = await Shop.PlaceAsync(customer, Shop.Body(customer), "lunch", wait: 30);
        waited.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await Shop.ReadAsync(waited)).ShouldSatisfyAllConditions(o => o.Id.ShouldBe(first.Id), o => o.Status.ShouldBe("confirmed"));
        (await Ledger.ChargesAsync(village.PaymentsDatabase, first.Id)).ShouldBe(1);
    }

    [Fact]
    public async Task The_same_key_with_another_body_is_422()
    {
        var customer = await village.NewCustomerAsync();
        await Shop.PlaceAsync(customer, Shop.Body(customer), "lunch");
        using var other = await Shop.PlaceAsync(customer, Shop.Body(customer, quantity: 3), "lunch");
        other.StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await Shop.QueryAsync<long>("select count(*) from orders where customer_id = $1", customer.Id)).ShouldBe(1);
    }

    [Fact]
    public async Task Twenty_requests_with_one_key_at_once_place_one_order()
    {
        var customer = await village.NewCustomerAsync();
        // On a busy machine some may be told to come back (503): then nothing was saved, and a client does come back, with the same key.
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Eventually.Get(async () =>
        {
            var answer = await Shop.PlaceAsync(customer, Shop.Body(customer), "lunch", wait: 30);
            answer.StatusCode.ShouldBe(HttpStatusCode.OK);
            return answer;
        }, within: TimeSpan.FromSeconds(60))));

        var orders = await Task.WhenAll(answers.Select(Shop.ReadAsync));
        var order = orders.Select(o => o.Id).Distinct().ShouldHaveSingleItem();
        (await Shop.QueryAsync<long>("select count(*) from orders where customer_id = $1", customer.Id)).ShouldBe(1);
        (await Ledger.ChargesAsync(village.PaymentsDatabase, order)).ShouldBe(1);
        (await Shop.FactsAsync(order)).ShouldBe(["order-placed", "order-confirmed"]);
    }

    [Fact]
    public async Task Two_customers_may_use_the_same_key()
    {
        var (siti, ravi) = (await village.NewCustomerAsync(), await village.NewCustomerAsync());
        var his = await Shop.ReadAsync(await Shop.PlaceAsync(ravi, Shop.Body(ravi), "lunch"));
        var hers = await Shop.ReadAsync(await Shop.PlaceAsync(siti, Shop.Body(siti), "lunch"));
        hers.Id.ShouldNotBe(his.Id);
    }

    [Fact]
    public async Task A_refused_request_does_not_use_its_key_up()
    {
        var customer = await village.NewCustomerAsync();
        (await Shop.PlaceAsync(customer, Shop.Body(await village.NewCustomerAsync()), "lunch")).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        (await Shop.PlaceAsync(customer, Shop.Body(customer), "lunch")).StatusCode.ShouldBe(HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task A_key_is_forgotten_after_its_time()
    {
        var shop = await village.Hasty;
        var customer = await village.NewCustomerAsync();
        await shop.PlaceAsync(customer, shop.Body(customer), "lunch");
        await Eventually.Is(async () => await shop.QueryAsync<long>("select count(*) from idempotency_keys where customer_id = $1", customer.Id) == 0);
        (await shop.QueryAsync<long>("select count(*) from orders where customer_id = $1", customer.Id)).ShouldBe(1);
    }
}
