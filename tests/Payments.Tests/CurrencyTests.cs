namespace Kampung.Payments.Tests;

public sealed class CurrencyTests
{
    [Theory]
    [InlineData("SGD", "12.50", true)]
    [InlineData("SGD", "12.505", false)]
    [InlineData("SGD", "12.500", true)]
    [InlineData("JPY", "1250", true)]
    [InlineData("JPY", "12.50", false)]
    public void An_amount_fits_the_decimals_of_its_currency(string currency, string amount, bool fits) =>
        Currency.Fits(currency, decimal.Parse(amount, System.Globalization.CultureInfo.InvariantCulture)).ShouldBe(fits);

    [Theory]
    [InlineData("SGD", true)]
    [InlineData("sgd", false)]
    [InlineData("XXX", false)]
    [InlineData("", false)]
    public void Only_currencies_of_the_list_are_taken(string currency, bool known) => Currency.IsKnown(currency).ShouldBe(known);
}
