using System.Net;
using System.Net.Http.Json;
using Kampung.Testing;

namespace Kampung.Payments.Tests;

public sealed class ListPaymentsTests(PaymentVillage village)
{
    Till Till => village.Till;

    sealed record Page(IReadOnlyList<Payment> Items, string? Next);

    [Fact]
    public async Task A_customer_sees_their_own_payments_only()
    {
        var mine = Till.NewCharge();
        var payment = await Till.ChargedAsync(mine);
        var theirs = Till.NewCharge();
        await Till.ChargedAsync(theirs);

        (await ListAsync(mine.CustomerId, "")).Items.ShouldBe([payment]);
        (await ListAsync(mine.CustomerId, $"?orderId={mine.OrderId}")).Items.ShouldBe([payment]);
        (await ListAsync(mine.CustomerId, $"?orderId={theirs.OrderId}")).Items.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_list_goes_on_where_the_page_before_ended_newest_first()
    {
        var customer = Guid.NewGuid();
        List<Guid> paid = [];
        for (var i = 0; i < 5; i++) paid.Insert(0, (await Till.ChargedAsync(Till.NewCharge() with { CustomerId = customer })).Id);

        List<Guid> listed = [];
        string? next = "";
        while (next is not null)
        {
            var page = await ListAsync(customer, $"?limit=2{(next == "" ? "" : $"&cursor={next}")}");
            listed.AddRange(page.Items.Select(payment => payment.Id));
            next = page.Next;
        }
        listed.ShouldBe(paid);
    }

    [Fact]
    public async Task Nobody_in_particular_sees_nothing()
    {
        var answer = await Till.Http.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/payments").With(null));
        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public Task The_API_is_what_was_promised() => Till.Service.ShouldKeepItsContract("payment-service");

    [Fact]
    public async Task Everybody_gets_as_far_as_the_table_says()
    {
        var charge = Till.NewCharge();
        await Till.ChargedAsync(charge);
        await Till.Service.ShouldBeGuarded("payment-service", belongings: new(TestIssuer.Shared.Token(charge.CustomerId, "customer"), new Belonging("GET /payments", Mark: $"{charge.OrderId}")));
    }

    async Task<Page> ListAsync(Guid customer, string query)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/payments{query}");
        request.As(customer);
        using var answer = await Till.Http.SendAsync(request);
        return (await answer.Content.ReadFromJsonAsync<Page>(Till.Json))!;
    }
}
