using System.Net;
using Kampung.Testing;

namespace Kampung.Payments.Tests;

/// <summary>After calling off, the order has cost nothing, wherever its payment stood.</summary>
public sealed class CancelPaymentTests(PaymentVillage village)
{
    Till Till => village.Till;

    [Fact]
    public async Task A_charge_that_arrives_after_it_was_called_off_takes_nothing()
    {
        var charge = Till.NewCharge();
        (await Till.ReadAsync(await Till.CancelAsync(charge))).Status.ShouldBe("cancelled");
        (await Till.ChargedAsync(charge)).Status.ShouldBe("cancelled");

        (await Till.ChargesAsync(charge.OrderId)).ShouldBe(0);
        (await Till.EventsAsync(charge.OrderId)).ShouldBeEmpty();
    }

    [Fact]
    public async Task What_was_taken_is_given_back_once()
    {
        var charge = Till.NewCharge();
        await Till.ChargedAsync(charge);
        for (var i = 0; i < 3; i++)
            (await Till.ReadAsync(await Till.CancelAsync(charge))).Status.ShouldBe("refunded");

        (await Till.BalanceAsync(charge.OrderId)).ShouldBe(0);
        (await Till.EventsAsync(charge.OrderId)).Select(e => e.Topic).ShouldBe(["payment-confirmed", "payment-refunded"]);
    }

    [Fact]
    public async Task A_declined_payment_stays_declined()
    {
        var charge = Till.NewCharge("tok_declined");
        await Till.ChargedAsync(charge);
        (await Till.ReadAsync(await Till.CancelAsync(charge))).Status.ShouldBe("declined");
    }

    [Fact]
    public async Task A_charge_without_an_answer_is_brought_to_its_end_and_given_back()
    {
        var charge = Till.NewCharge("tok_timeout");
        (await Till.ChargeAsync(charge)).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        await Eventually.Is(async () => (await Till.CancelAsync(charge)).IsSuccessStatusCode);
        (await Till.ChargedAsync(charge)).Status.ShouldBe("refunded");
        (await Till.ChargesAsync(charge.OrderId)).ShouldBe(1);
        (await Till.BalanceAsync(charge.OrderId)).ShouldBe(0);
    }

    [Fact]
    public async Task Charging_and_calling_off_at_the_same_time_ends_with_no_money_taken()
    {
        var charges = Enumerable.Range(0, 40).Select(_ => Till.NewCharge()).ToList();
        await Task.WhenAll(charges.Select(async charge =>
        {
            var answers = await Task.WhenAll(Till.ChargeAsync(charge), Till.CancelAsync(charge), Till.ChargeAsync(charge));
            answers.ShouldAllBe(answer => answer.StatusCode == HttpStatusCode.OK);
        }));

        foreach (var charge in charges)
        {
            (await Till.BalanceAsync(charge.OrderId)).ShouldBe(0);
            (await Till.ChargedAsync(charge)).Status.ShouldBeOneOf("cancelled", "refunded");
        }
    }
}
