using System.Diagnostics;
using System.Net;
using Kampung.Testing;

namespace Kampung.Payments.Tests;

/// <summary>
/// A payment-service that is killed while it waits for the answers to charges that were made, and the one that takes over its database. That one tries again
/// after less than half a second what is still pending, and soon forgets orders that nothing is heard of any more.
/// </summary>
public sealed class Inheritance(PaymentVillage village) : IAsyncLifetime
{
    /// <summary>The last one was charged at somebody's request, who waits; the others without a chief.</summary>
    public IReadOnlyList<Charge> Unanswered { get; } = [.. Enumerable.Range(0, 4).Select(_ => Till.NewCharge("tok_timeout"))];

    /// <summary>How long the first one took for a payment while three others waited for their answers.</summary>
    public TimeSpan QuickTook { get; private set; }

    public Till Heir { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await using var dying = await village.StartAsync(new() { ["Sandbox__AnswerTimeout"] = "00:02:00" });
        await Task.WhenAll(Unanswered.SkipLast(1).Select(dying.Orders));
        foreach (var order in Unanswered.SkipLast(1)) await Eventually.Is(async () => await dying.ChargesAsync(order.OrderId) == 1);

        var since = Stopwatch.StartNew();
        var quick = Till.NewCharge();
        await dying.Orders(quick);
        await dying.Becomes(quick, "succeeded");
        QuickTook = since.Elapsed;

        var asked = dying.ChargeAsync(Unanswered[^1]);
        await Eventually.Is(async () => await dying.ChargesAsync(Unanswered[^1].OrderId) == 1);
        await dying.Service.KillAsync();
        await Should.ThrowAsync<HttpRequestException>(asked);
        foreach (var order in Unanswered) (await dying.QueryAsync<string>("select status from payments where order_id = $1", order.OrderId)).ShouldBe("Pending");

        await dying.QueryAsync<int>("with due as (update payments set due = now() where status = 'Pending' returning 1) select count(*)::int from due");
        Heir = await village.StartAsync(
            new() { ["Sandbox__AnswerTimeout"] = "00:00:00.05", ["Payments__RecoverAfter"] = "00:00:00.4", ["Payments__AwaitedOrdersKept"] = "00:00:02" }, dying.Database);
    }

    public ValueTask DisposeAsync() => Heir is null ? ValueTask.CompletedTask : Heir.DisposeAsync();
}

/// <summary>What a process leaves behind is brought to its end.</summary>
public sealed class RecoveryTests(Inheritance inheritance) : IClassFixture<Inheritance>
{
    Till Heir => inheritance.Heir;

    [Fact]
    public void An_answer_that_is_slow_keeps_nobody_else_waiting() => inheritance.QuickTook.ShouldBeLessThan(TimeSpan.FromSeconds(30));

    [Fact]
    public async Task Payments_whose_process_died_after_the_money_moved_are_settled_once_by_the_next_though_nobody_asks_again()
    {
        foreach (var order in inheritance.Unanswered)
        {
            await Eventually.Is(async () => await Heir.QueryAsync<string>("select status from payments where order_id = $1", order.OrderId) == "Succeeded");
            (await Heir.ChargesAsync(order.OrderId)).ShouldBe(1);
            (await Heir.EventsAsync(order.OrderId)).ShouldHaveSingleItem().Topic.ShouldBe("payment-confirmed");
            (await Heir.QueryAsync<long>("select count(*) from payments where order_id = $1 and due is not null", order.OrderId)).ShouldBe(0);
        }
    }

    [Fact]
    public async Task A_refund_whose_answer_was_lost_is_finished_though_nobody_asks_again()
    {
        var charge = Till.NewCharge("tok_timeout");
        await Eventually.Is(async () => (await Heir.ChargeAsync(charge)).IsSuccessStatusCode);
        var payment = await Heir.ChargedAsync(charge);

        (await Heir.RefundAsync(payment.Id)).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        await Eventually.Is(async () => await Heir.QueryAsync<string>("select status from payments where id = $1", payment.Id) == "Refunded");
        (await Heir.BalanceAsync(charge.OrderId)).ShouldBe(0);
        (await Heir.EventsAsync(charge.OrderId)).Select(e => e.Topic).ShouldBe(["payment-confirmed", "payment-refunded"]);
    }

    [Fact]
    public async Task An_order_whose_stock_was_never_set_aside_is_forgotten_in_time()
    {
        var order = Till.NewCharge();
        await Heir.Says("order-placed", order);
        await Eventually.Is(async () => await Heir.QueryAsync<long>("select count(*) from awaited_orders where order_id = $1", order.OrderId) == 1);
        await Eventually.Is(async () => await Heir.QueryAsync<long>("select count(*) from awaited_orders where order_id = $1", order.OrderId) == 0);
    }
}
