using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Products;

/// <summary>Whose products somebody may change: a merchant those of the own stall, an operator all.</summary>
static class StallOwner
{
    public static bool Keeps(this Caller caller, string stall) => caller.IsOperator || (caller.Is(Role.Merchant) && caller.Stall == stall);

    public static ProblemHttpResult NotYourStall(string stall) => Problems.Of(StatusCodes.Status403Forbidden, "not-your-stall", "This is another stall's.", $"Only {stall} may change what is {stall}'s.");
}
