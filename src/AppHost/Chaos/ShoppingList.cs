namespace Kampung.AppHost.Chaos;

/// <summary>An order that somebody is going to place.</summary>
/// <param name="Products">Positions in the catalogue, each with how many pieces.</param>
/// <param name="CancelAfter">Counted from when the order was taken; null: it is not cancelled.</param>
/// <param name="Waits">Asks for the answer to be held until the outcome is known.</param>
/// <param name="Repeats">Sends the same request once more when it was answered.</param>
public sealed record Wish(
    int Number, TimeSpan At, int Customer, string Flow, IReadOnlyList<(int Product, int Quantity)> Products, string Card, TimeSpan? CancelAfter, bool Waits, bool Repeats);

/// <summary>Who orders what and when, at a steady rate: the same seed and catalogue give the same list.</summary>
public static class ShoppingList
{
    /// <summary>The card whose charges the provider takes without answering in time.</summary>
    public const string AnswerIsLost = "tok_timeout";

    // Weighted by how often they are named.
    static readonly string[] Cards =
    [
        "tok_visa", "tok_visa", "tok_visa", "tok_visa", "tok_visa", "tok_visa", AnswerIsLost, AnswerIsLost, "tok_flaky", "tok_flaky", "tok_declined", "tok_insufficient_funds",
    ];

    public static IReadOnlyList<Wish> Make(int orders, TimeSpan duration, IReadOnlyList<string> flows, int customers, int prepared, int stocked, int seed)
    {
        // Another sequence than the plan of faults has.
        var random = new Random(~seed);
        return [.. Enumerable.Range(0, orders).Select(number => new Wish(
            number,
            At: duration * ((double)number / orders),
            Customer: random.Next(customers),
            Flow: flows[random.Next(flows.Count)],
            Products: Basket(),
            Card: Cards[random.Next(Cards.Length)],
            CancelAfter: random.NextDouble() < 0.12 ? TimeSpan.FromSeconds(5) * random.NextDouble() : null,
            Waits: random.NextDouble() < 0.2,
            Repeats: random.NextDouble() < 0.1))];

        // Meals, things off the shelf, or both: catalogue positions count the prepared ones first.
        List<(int, int)> Basket()
        {
            var products = new HashSet<int>();
            for (var lines = random.Next(1, 4); lines > 0; lines--)
                products.Add(stocked > 0 && random.NextDouble() < 0.4 ? prepared + random.Next(stocked) : random.Next(prepared));
            return [.. products.Select(product => (product, random.Next(1, 4)))];
        }
    }
}
