using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Customers;

/// <summary>GET /customers: all of them, by id, for operators.</summary>
static class ListCustomers
{
    public static void MapListCustomers(this RouteGroupBuilder customers) => customers.MapGet("", Handle).WithName("ListCustomers");

    static async Task<Ok<Page<Customer>>> Handle(Paging paging, ICustomerStore store, CancellationToken ct) =>
        TypedResults.Ok(Page.Of(await store.List(paging.After<Guid>(), paging.Limit + 1, ct), paging.Limit, customer => customer, customer => customer.Id));
}
