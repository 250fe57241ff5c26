using System.Net;
using Kampung.Testing;

namespace Kampung.Payments.Tests;

/// <summary>Money goes back once, and never more than was taken.</summary>
public sealed class RefundPaymentTests(PaymentVillage village)
{
    Till Till => village.Till;

    [Fact]
    public async Task A_payment_is_given_back_once_however_often_that_is_asked()
    {
        var charge = Till.NewCharge();
        var payment = await Till.ChargedAsync(charge);
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Till.RefundAsync(payment.Id)));

        foreach (var answer in answers)
            (await Till.ReadAsync(answer)).ShouldSatisfyAllConditions(p => p.Status.ShouldBe("refunded"), p => p.Refunded.ShouldBe(12.50m));
        (await Till.BalanceAsync(charge.OrderId)).ShouldBe(0);
        (await Till.EventsAsync(charge.OrderId)).Select(e => e.Topic).ShouldBe(["payment-confirmed", "payment-refunded"]);
    }

    [Fact]
    public async Task Parts_are_given_back_by_key_and_each_is_announced_with_its_amount()
    {
        var charge = Till.NewCharge();
        var payment = await Till.ChargedAsync(charge);

        (await Till.ReadAsync(await Till.RefundAsync(payment.Id, 5m, "spilled"))).Refunded.ShouldBe(5m);
        (await Till.ReadAsync(await Till.RefundAsync(payment.Id, 5m, "spilled"))).Refunded.ShouldBe(5m);
        (await Till.ReadAsync(await Till.RefundAsync(payment.Id, 5m, "late"))).ShouldSatisfyAllConditions(p => p.Refunded.ShouldBe(10m), p => p.Status.ShouldBe("succeeded"));
        (await Till.ReadAsync(await Till.RefundAsync(payment.Id))).ShouldSatisfyAllConditions(p => p.Refunded.ShouldBe(12.50m), p => p.Status.ShouldBe("refunded"));

        (await Till.EventsAsync(charge.OrderId)).Where(e => e.Topic == "payment-refunded").Select(e => e.Body.GetProperty("amount").GetDecimal()).Order().ShouldBe([2.50m, 5m, 5m]);
        (await Till.BalanceAsync(charge.OrderId)).ShouldBe(0);
    }

    [Fact]
    public async Task More_than_was_charged_is_never_given_back()
    {
        var charge = Till.NewCharge();
        var payment = await Till.ChargedAsync(charge);

        (await Till.RefundAsync(payment.Id, 12.51m, "greedy")).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => Till.RefundAsync(payment.Id, 4m, $"part {i}")));
        answers.Count(answer => answer.IsSuccessStatusCode).ShouldBe(3);
        answers.Where(answer => !answer.IsSuccessStatusCode).ShouldAllBe(answer => answer.StatusCode == HttpStatusCode.UnprocessableEntity);
        (await Till.BalanceAsync(charge.OrderId)).ShouldBe(0.50m);
    }

    [Fact]
    public async Task A_key_stands_for_one_amount()
    {
        var payment = await Till.ChargedAsync(Till.NewCharge());
        await Till.RefundAsync(payment.Id, 1m, "once");
        (await Till.RefundAsync(payment.Id, 2m, "once")).StatusCode.ShouldBe(HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    public async Task Only_what_was_taken_can_be_given_back()
    {
        var declined = await Till.ChargedAsync(Till.NewCharge("tok_declined"));
        (await Till.RefundAsync(declined.Id)).StatusCode.ShouldBe(HttpStatusCode.Conflict);

        var pending = Till.NewCharge("tok_flaky");
        await Till.ChargeAsync(pending);
        var id = await Till.QueryAsync<Guid>("select id from payments where order_id = $1", pending.OrderId);
        (await Till.RefundAsync(id)).StatusCode.ShouldBe(HttpStatusCode.Conflict);

        (await Till.RefundAsync(Guid.NewGuid())).StatusCode.ShouldBe(HttpStatusCode.NotFound);
    }
}
