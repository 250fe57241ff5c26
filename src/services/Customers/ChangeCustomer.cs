using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Customers;

/// <summary>PUT /customers/me: replaces profile and addresses. An address that comes with its id keeps it; one that is left out is gone.</summary>
static class ChangeCustomer
{
    public static void MapChangeCustomer(this RouteGroupBuilder customers) => customers.MapPut("/me", Handle).WithName("ChangeMe");

    static async Task<Results<Ok<Customer>, ProblemHttpResult>> Handle(Profile profile, Caller caller, ICustomerStore store, TimeProvider time, CancellationToken ct)
    {
        if (await store.Find(caller.Id, ct) is not { } existing) return Problems.NotFound("customer", caller.Id);
        var errors = profile.Check(existing.Addresses);
        if (errors.Any) return errors.Problem();

        var same = profile.Of(existing.Id, existing.CreatedAt, existing.UpdatedAt, existing.Version);
        if (same.Says(existing)) return TypedResults.Ok(existing);
        var customer = same with { UpdatedAt = time.GetUtcNow(), Version = existing.Version + 1 };
        try
        {
            await store.Save(customer, CustomerChanged.Of(customer), ct);
            return TypedResults.Ok(customer);
        }
        catch (EmailTakenException)
        {
            return RegisterCustomer.EmailTaken();
        }
        catch (ChangedMeanwhileException)
        {
            return ChangedMeanwhile();
        }
    }

    internal static ProblemHttpResult ChangedMeanwhile() =>
        Problems.Conflict("changed-meanwhile", "You were changed by another request at the same time.", "Read it again, then decide.");
}
