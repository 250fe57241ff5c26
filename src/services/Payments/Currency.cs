namespace Kampung.Payments;

/// <summary>ISO 4217 currencies that are taken, with the number of decimals of their smaller unit (at most two, as amounts are kept as numeric(12,2)).</summary>
static class Currency
{
    static readonly Dictionary<string, int> Decimals = new()
    {
        ["AED"] = 2, ["AUD"] = 2, ["BDT"] = 2, ["BND"] = 2, ["BRL"] = 2, ["CAD"] = 2, ["CHF"] = 2, ["CNY"] = 2, ["CZK"] = 2, ["DKK"] = 2,
        ["EUR"] = 2, ["GBP"] = 2, ["HKD"] = 2, ["IDR"] = 2, ["INR"] = 2, ["JPY"] = 0, ["KHR"] = 2, ["KRW"] = 0, ["LAK"] = 2, ["LKR"] = 2,
        ["MMK"] = 2, ["MXN"] = 2, ["MYR"] = 2, ["NOK"] = 2, ["NZD"] = 2, ["PHP"] = 2, ["PLN"] = 2, ["SAR"] = 2, ["SEK"] = 2, ["SGD"] = 2,
        ["THB"] = 2, ["TWD"] = 2, ["USD"] = 2, ["VND"] = 0, ["ZAR"] = 2,
    };

    public static bool IsKnown(string code) => Decimals.ContainsKey(code);

    /// <summary>Whether an amount can be paid in this currency: 12.50 SGD can, 12.505 SGD and 12.50 JPY cannot.</summary>
    public static bool Fits(string code, decimal amount) => decimal.Round(amount, Decimals[code]) == amount;
}
