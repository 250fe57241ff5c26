using Kampung.AppHost.Audit;

namespace Kampung.AppHost.Chaos;

/// <summary>What a village is held to besides its invariants once nothing is broken any more, as its customers saw it.</summary>
public static class ChaosInvariants
{
    public static IReadOnlyList<Invariant> Of(IReadOnlyCollection<Bought> bought) =>
    [
        new("with everything up again, every order ended", books => AllEnded(bought, books)),
        new("each order that a customer was told of exists, and each key gave one", books => TakenAtTheirWord(bought, books)),
    ];

    /// <summary>Waiting with a reason is good enough where something is away, which is not so any more.</summary>
    public static Finding AllEnded(IReadOnlyCollection<Bought> bought, Books books)
    {
        var mine = bought.Select(one => one.CustomerId).ToHashSet();
        var orders = books.Orders.Where(order => mine.Contains(order.CustomerId)).ToList();
        return new($"{orders.Count(order => order.HasEnded)} of {orders.Count}",
            from order in orders
            where !order.HasEnded
            select new Violation($"is {order.Flow} and {order.Status}, at {order.Waiting?.Step}, after {order.Waiting?.Attempts} failed attempts: {order.Waiting?.Reason}", order.OrderId));
    }

    /// <summary>What customers were told, and what order-service knows.</summary>
    public static Finding TakenAtTheirWord(IReadOnlyCollection<Bought> bought, Books books)
    {
        var orders = books.Orders.ToDictionary(order => order.OrderId);
        var told = bought.Where(one => one.OrderId is not null).Select(one => one.OrderId!.Value).ToHashSet();
        var customers = bought.Select(one => one.CustomerId).ToHashSet();
        return new($"{bought.Count} keys, {told.Count} orders told of",
        [
            .. from one in bought
               where one.OrderId is null || one.Refusal is not null
               select new Violation($"request {one.Wish.Number} was never answered with an order: {one.Refusal}", one.OrderId),
            .. from one in bought
               from other in one.Others
               select new Violation($"and order {other} came of the same key", one.OrderId),
            .. from id in told
               where !orders.ContainsKey(id)
               select new Violation("was told to its customer, and does not exist", id),
            .. from two in bought.Where(one => one.OrderId is not null).GroupBy(one => one.OrderId)
               where two.Count() > 1
               select new Violation($"came of {two.Count()} keys", two.Key),
            .. from order in books.Orders
               where customers.Contains(order.CustomerId) && !told.Contains(order.OrderId) && bought.All(one => one.OrderId is not null)
               select new Violation("exists, and nobody was told of it", order.OrderId),
            .. from one in bought
               where one.Cancelled?.StartsWith("answered", StringComparison.Ordinal) == true
               select new Violation($"was to be cancelled, and that was {one.Cancelled}", one.OrderId),
            // What costs nothing is always carried by the chief.
            .. from one in bought
               where one.OrderId is { } id && orders.TryGetValue(id, out var order) && order.Flow != one.Wish.Flow && order.Total > 0
               select new Violation($"was asked for {one.Wish.Flow}, and is {orders[one.OrderId!.Value].Flow}", one.OrderId),
        ]);
    }
}
