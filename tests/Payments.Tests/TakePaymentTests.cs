using System.Net;
using Kampung.Testing;

namespace Kampung.Payments.Tests;

/// <summary>One payment an order, whatever is repeated, lost or done at the same time.</summary>
public sealed class TakePaymentTests(PaymentVillage village)
{
    Till Till => village.Till;

    [Fact]
    public async Task A_good_card_is_charged_and_the_payment_is_announced()
    {
        var charge = Till.NewCharge();
        var payment = await Till.ChargedAsync(charge);

        payment.ShouldBe(new Payment(payment.Id, charge.OrderId, charge.CustomerId, 12.50m, 0, "SGD", "succeeded", null));
        (await Till.BalanceAsync(charge.OrderId)).ShouldBe(12.50m);
        var (topic, body) = (await Till.EventsAsync(charge.OrderId)).ShouldHaveSingleItem();
        topic.ShouldBe("payment-confirmed");
        body.GetProperty("paymentId").GetGuid().ShouldBe(payment.Id);
        body.GetProperty("amount").GetDecimal().ShouldBe(12.50m);
        body.GetProperty("currency").GetString().ShouldBe("SGD");
        body.TryGetProperty("subject", out _).ShouldBeFalse();
    }

    [Theory]
    [InlineData("tok_declined", "card declined")]
    [InlineData("tok_insufficient_funds", "insufficient funds")]
    [InlineData("4242424242424242", "invalid token")]
    public async Task A_card_that_is_refused_is_an_answer_and_takes_no_money(string token, string reason)
    {
        var charge = Till.NewCharge(token);
        var payment = await Till.ChargedAsync(charge);

        payment.Status.ShouldBe("declined");
        payment.Reason.ShouldBe(reason);
        (await Till.ChargesAsync(charge.OrderId)).ShouldBe(0);
        var (topic, body) = (await Till.EventsAsync(charge.OrderId)).ShouldHaveSingleItem();
        topic.ShouldBe("payment-failed");
        body.GetProperty("reason").GetString().ShouldBe(reason);
    }

    [Fact]
    public async Task The_same_order_again_gives_the_same_payment()
    {
        var charge = Till.NewCharge();
        var first = await Till.ChargedAsync(charge);
        (await Till.ChargedAsync(charge)).ShouldBe(first);

        (await Till.ChargesAsync(charge.OrderId)).ShouldBe(1);
        (await Till.EventsAsync(charge.OrderId)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task An_order_is_not_paid_by_a_second_payment_of_other_terms()
    {
        var charge = Till.NewCharge();
        await Till.ChargedAsync(charge);

        foreach (var other in new[]
                 {
                     charge with { Amount = 13 }, charge with { Currency = "EUR" }, charge with { CustomerId = Guid.NewGuid() }, charge with { PaymentToken = "tok_flaky" },
                 })
            (await Till.ChargeAsync(other)).StatusCode.ShouldBe(HttpStatusCode.Conflict);
        (await Till.BalanceAsync(charge.OrderId)).ShouldBe(12.50m);
    }

    [Theory]
    [InlineData("tok_visa")]
    [InlineData("tok_flaky")]
    [InlineData("tok_timeout")]
    public async Task Twenty_requests_at_once_take_the_money_once(string token)
    {
        var charge = Till.NewCharge(token);
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Till.ChargeAsync(charge)));

        answers.ShouldAllBe(answer => answer.StatusCode == HttpStatusCode.OK || answer.StatusCode == HttpStatusCode.ServiceUnavailable);
        var paid = await Task.WhenAll(answers.Where(answer => answer.IsSuccessStatusCode).Select(Till.ReadAsync));
        paid.Select(payment => payment.Id).Distinct().Count().ShouldBe(1);
        (await Till.ChargesAsync(charge.OrderId)).ShouldBe(1);
        (await Till.EventsAsync(charge.OrderId)).Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_lost_answer_is_503_until_it_comes_and_the_money_is_taken_once()
    {
        var charge = Till.NewCharge("tok_timeout");
        for (var i = 0; i < 2; i++)
        {
            var lost = await Till.ChargeAsync(charge);
            lost.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
            lost.Headers.RetryAfter.ShouldNotBeNull();
            lost.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        }
        (await Till.ChargedAsync(charge)).Status.ShouldBe("succeeded");
        (await Till.ChargesAsync(charge.OrderId)).ShouldBe(1);
    }

    [Fact]
    public async Task A_failing_card_network_is_503_and_the_retry_takes_the_money_once()
    {
        var charge = Till.NewCharge("tok_flaky");
        (await Till.ChargeAsync(charge)).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        (await Till.ChargesAsync(charge.OrderId)).ShouldBe(0);
        (await Till.ChargedAsync(charge)).Status.ShouldBe("succeeded");
        (await Till.ChargesAsync(charge.OrderId)).ShouldBe(1);
    }
}
