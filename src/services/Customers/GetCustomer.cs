using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Customers;

/// <summary>GET /customers/me and GET /customers/{id}: oneself. Others are as good as unknown, but to operators and to services, who ask in somebody's name.</summary>
static class GetCustomer
{
    public static void MapGetMe(this RouteGroupBuilder customers) =>
        customers.MapGet("/me", (Caller caller, ICustomerStore store, CancellationToken ct) => Handle(caller.Id, caller, store, ct)).WithName("GetMe");

    public static void MapGetCustomer(this RouteGroupBuilder customers) => customers.MapGet("/{id:guid}", Handle).WithName("GetCustomer");

    static async Task<Results<Ok<Customer>, ProblemHttpResult>> Handle(Guid id, Caller caller, ICustomerStore store, CancellationToken ct) =>
        (id == caller.Id || caller.IsOperator || caller.Is(Role.Service)) && await store.Find(id, ct) is { } customer ? TypedResults.Ok(customer) : Problems.NotFound("customer", id);
}
