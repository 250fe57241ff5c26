using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Customers;

/// <summary>POST /customers: somebody becomes a customer.</summary>
static class RegisterCustomer
{
    public static void MapRegisterCustomer(this RouteGroupBuilder customers) => customers.MapPost("", Handle).WithName("RegisterCustomer");

    static async Task<Results<Created<Customer>, ProblemHttpResult>> Handle(Profile profile, ICustomerStore store, TimeProvider time, CancellationToken ct)
    {
        var errors = profile.Check(known: []);
        if (errors.Any) return errors.Problem();

        var now = time.GetUtcNow();
        var customer = profile.Of(Guid.CreateVersion7(now), since: now, now, version: 1);
        try
        {
            await store.Save(customer, CustomerRegistered.Of(customer), ct);
            return TypedResults.Created($"/customers/{customer.Id}", customer);
        }
        catch (EmailTakenException)
        {
            return EmailTaken();
        }
    }

    internal static ProblemHttpResult EmailTaken() => Problems.Conflict("email-taken", "Another customer has this e-mail address.");
}
