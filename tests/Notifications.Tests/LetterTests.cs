using Kampung.Notifications.Letters;

namespace Kampung.Notifications.Tests;

/// <summary>What the templates make of an event.</summary>
public sealed class LetterTests
{
    static readonly LetterWriter Writer = new();
    static readonly Contact Siti = new(Guid.NewGuid(), "Siti", "siti@example.com", null, null);

    static readonly OrderRejected Order = new(
        Guid.Parse("0193a2b4-0000-7000-8000-00000000abcd"), Guid.NewGuid(), "MYR", 1_234.5m,
        [new OrderLine("Satay", 3, 400m, "10 sticks", "Sate Kajang"), new OrderLine("Teh tarik", 1, 34.5m)], "payment declined");

    public static TheoryData<string, object> EveryKind => new()
    {
        { Kind.Welcome, new { } },
        { Kind.PasswordReset, new PasswordResetRequested(Guid.NewGuid(), Guid.NewGuid(), "Siti", "siti@example.com", "en", "https://shop.example/reset-password?token=a", DateTimeOffset.UtcNow) },
        { Kind.OrderConfirmed, new OrderConfirmed(Order.OrderId, Order.CustomerId, Order.Currency, Order.Total, Order.Lines) },
        { Kind.OrderRejected, Order },
        { Kind.OrderCancelled, new OrderCancelled(Order.OrderId, Order.CustomerId, Order.Currency, Order.Total, Order.Lines, "changed my mind") },
        { Kind.PaymentReceipt, new PaymentConfirmed(Guid.NewGuid(), Order.OrderId, Order.CustomerId, 1_234.5m, "MYR") },
        { Kind.MealReady, new MealPrepared(Order.OrderId, Order.CustomerId, 0) },
        { Kind.OnItsWay, new DeliveryPickedUp(Order.OrderId, Order.CustomerId, new Rider("Ali")) },
        { Kind.Delivered, new DeliveryCompleted(Order.OrderId, Order.CustomerId, new Rider("Ali")) },
        { Kind.PaymentRefunded, new PaymentRefunded(Guid.NewGuid(), Order.OrderId, Order.CustomerId, 1_234.5m, "MYR") },
    };

    [Theory, MemberData(nameof(EveryKind))]
    public void Every_kind_has_a_letter_in_every_language(string kind, object @event)
    {
        var english = Writer.Write(kind, Siti, @event);
        var malay = Writer.Write(kind, Siti with { Locale = "ms-MY" }, @event);

        foreach (var (language, subject, parameters, text, html) in new[] { english, malay })
        {
            html.ShouldContain($"lang=\"{language}\"");
            parameters[0].ShouldBe("Siti");
            parameters.ShouldAllBe(parameter => parameter.Length > 0 && !parameter.Contains('\n'));
            subject.ShouldNotBeNullOrWhiteSpace();
            text.ShouldContain("Siti");
            html.ShouldContain("Siti");
            (subject + text + html).ShouldNotContain("{{");
            if (!Kind.CanBeMuted.Contains(kind) && kind is not (Kind.Welcome or Kind.PasswordReset))
            {
                text.ShouldContain("MYR 1,234.50");
                html.ShouldContain("MYR 1,234.50");
                text.ShouldContain($"{Order.OrderId}");
            }
        }
        malay.Subject.ShouldNotBe(english.Subject);
        malay.Language.ShouldBe("ms");
        malay.Parameters.Count.ShouldBe(english.Parameters.Count);
    }

    [Fact]
    public void Who_could_not_keep_an_order_says_sorry()
    {
        var order = new OrderCancelled(Order.OrderId, Order.CustomerId, Order.Currency, Order.Total, Order.Lines, "the kitchen burnt down", Apology: true);

        Writer.Write(Kind.OrderCancelled, Siti, order).Text.ShouldContain("we are sorry");
        Writer.Write(Kind.OrderCancelled, Siti, order with { Apology = false }).Text.ShouldNotContain("sorry");
    }

    [Theory]
    [InlineData("+60 12-345 6789", "+60123456789")]
    [InlineData("0049 (30) 901820", "+4930901820")]
    [InlineData("012-345 6789", null)]   // of which country?
    [InlineData("+0123456789", null)]
    [InlineData("+12345", null)]
    [InlineData("+1234567890123456", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void A_number_for_WhatsApp_is_international(string? written, string? international) =>
        (Siti with { Phone = written }).InternationalPhone.ShouldBe(international);

    [Fact]
    public void An_order_is_told_line_by_line_with_its_reason()
    {
        var (_, _, _, text, html) = Writer.Write(Kind.OrderRejected, Siti, Order);

        text.ShouldContain("Reason: payment declined\n3 x Satay (10 sticks): MYR 1,200.00\n1 x Teh tarik: MYR 34.50\nTotal: MYR 1,234.50\n");
        html.ShouldContain("<td>3 × Satay (10 sticks)<br><small>Sate Kajang</small></td>");
        html.ShouldContain("Reason: payment declined");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("de-CH")]
    [InlineData("en")]
    [InlineData("msx")]
    public void A_language_that_is_not_spoken_here_is_answered_in_English(string? locale)
    {
        var (_, subject, _, _, html) = Writer.Write(Kind.OrderRejected, Siti with { Locale = locale }, Order);

        subject.ShouldBe("Your order could not be placed");
        html.ShouldContain("lang=\"en\"");
    }

    [Fact]
    public void What_customers_and_stalls_write_is_text_in_html_and_never_a_template()
    {
        const string evil = "<script>alert('x')</script>{{event.orderId}}";
        var order = Order with { Lines = [new OrderLine(evil, 1, 1m, evil, evil)], Reason = evil };

        var (_, _, _, text, html) = Writer.Write(Kind.OrderRejected, Siti with { Name = evil }, order);

        html.ShouldNotContain("<script");
        html.ShouldContain("&lt;script&gt;");
        text.ShouldContain(evil);
    }

    [Fact]
    public void A_line_end_in_a_name_stays_out_of_the_subject()
    {
        var (_, subject, _, text, _) = Writer.Write(Kind.Welcome, Siti with { Name = "Siti\r\nBcc: everyone@example.com\u0000" }, new { });

        subject.ShouldBe("Welcome to Kampung, Siti Bcc: everyone@example.com");
        text.ShouldNotContain("\nBcc:");
    }
}
