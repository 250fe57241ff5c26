using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Customers;

/// <summary>
/// POST /customers: who has signed in becomes a customer, under the id that the token tells. Who registered with identity-service is one already, by its event; an account of
/// another issuer becomes one here.
/// </summary>
static class RegisterCustomer
{
    public static void MapRegisterCustomer(this RouteGroupBuilder customers) => customers.MapPost("", Handle).WithName("RegisterCustomer");

    static async Task<Results<Created<Customer>, ProblemHttpResult>> Handle(Profile profile, Caller caller, ICustomerStore store, TimeProvider time, CancellationToken ct)
    {
        var errors = profile.Check(known: []);
        if (errors.Any) return errors.Problem();

        if (await store.Find(caller.Id, ct) is not null) return Known();

        var now = time.GetUtcNow();
        var customer = profile.Of(caller.Id, since: now, now, version: 1);
        try
        {
            await store.Save(customer, CustomerRegistered.Of(customer), ct);
            return TypedResults.Created($"/customers/{customer.Id}", customer);
        }
        catch (EmailTakenException)
        {
            return await store.Find(caller.Id, ct) is null ? EmailTaken() : Known();
        }
    }

    static ProblemHttpResult Known() => Problems.Conflict("customer-exists", "You are a customer already.", "Change your profile with PUT /customers/me.");

    internal static ProblemHttpResult EmailTaken() => Problems.Conflict("email-taken", "Another customer has this e-mail address.");
}
