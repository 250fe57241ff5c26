using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Customers;

/// <summary>DELETE /customers/me: forgets the customer. The e-mail address is free again.</summary>
static class DeleteCustomer
{
    public static void MapDeleteCustomer(this RouteGroupBuilder customers) => customers.MapDelete("/me", Handle).WithName("DeleteMe");

    static async Task<Results<NoContent, ProblemHttpResult>> Handle(Caller caller, ICustomerStore store, CancellationToken ct)
    {
        if (await store.Find(caller.Id, ct) is not { } customer) return Problems.NotFound("customer", caller.Id);
        try
        {
            await store.Delete(customer, new CustomerDeleted(customer.Id), ct);
            return TypedResults.NoContent();
        }
        catch (ChangedMeanwhileException)
        {
            return ChangeCustomer.ChangedMeanwhile();
        }
    }
}
