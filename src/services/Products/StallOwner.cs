using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Products;

/// <summary>Whose products somebody may change: a merchant those of the own stall, an operator all.</summary>
static class StallOwner
{
    public static bool Keeps(this Caller caller, string stall) => caller.IsOperator || (caller.Is(Role.Merchant) && caller.Stall == stall);

    /// <summary>Another stall's product is answered like one that does not exist.</summary>
    public static async Task<Product?> FindFor(this IProductStore store, Caller caller, Guid id, CancellationToken ct) =>
        await store.Find(id, ct) is { } product && caller.Keeps(product.Stall) ? product : null;

    /// <summary>To who names another stall.</summary>
    public static ProblemHttpResult NotYourStall(string stall) => Problems.Of(StatusCodes.Status403Forbidden, "not-your-stall", "This is another stall's.", $"You do not keep {stall}.");
}
