using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Kampung.Messaging;
using Kampung.Orders.Stalls;
using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Kampung.Orders;

/// <summary>
/// Takes an order: checks it, asks customer-service and product-service at the same time, saves it with its fact and, when the chief is to carry it, its plan in one
/// transaction, and answers 202; or 200 if the customer prefers to wait (<c>Prefer: wait=10</c>) and it is confirmed or rejected by then. The same Idempotency-Key again gives the same order.
/// </summary>
static class PlaceOrder
{
    public sealed record Line(Guid VariantId, int Quantity);

    /// <param name="Flow">The village's present one unless given.</param>
    public sealed record Request(
        IReadOnlyList<Line> Lines, Guid AddressId, string PaymentToken,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] Flow? Flow = null);

    public static void MapPlaceOrder(this RouteGroupBuilder orders) => orders.MapPost("", Handle).WithName("PlaceOrder");

    static async Task<Results<Ok<OrderView>, Accepted<OrderView>, ProblemHttpResult>> Handle(
        Request request, [FromHeader(Name = IdempotencyKeys.Header)] string? key, Caller caller, HttpContext http, OrdersDb db,
        CustomerClient customers, ProductClient products, Plan<Order> plan, Chief chief, OrderFeed feed,
        IOptionsMonitor<OrderOptions> options, TimeProvider time, CancellationToken ct)
    {
        if (Validate(request, key, options.CurrentValue) is { Any: true } errors) return errors.Problem();

        var hash = SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(request, Json.Options));
        if (await db.FindAsync(caller.Id, key!, ct) is { } known) return await Again(known);

        var (customerAnswer, quoteAnswer) = (customers.GetAsync(caller.Id, ct), products.QuoteAsync(request.Lines, ct));
        await Task.WhenAll(customerAnswer, quoteAnswer);
        var (customer, quote) = (await customerAnswer, await quoteAnswer);

        if (customer is null)
            return Problems.Unprocessable("unknown-customer", "The customer is not known.", $"There is no customer {caller.Id}.");
        if (customer.Addresses.FirstOrDefault(a => a.Id == request.AddressId) is not { } address)
            return Problems.Unprocessable("unknown-address", "The address is not known.", errors: [new("addressId", ["is none of the customer's addresses"])]);
        if (quote.Refused is { } refused)
            return Problems.Unprocessable(refused.Slug, refused.Title, refused.Detail, refused.Errors);

        var flow = request.Flow ?? options.CurrentValue.Flow;
        var (order, placed) = Order.Place(caller.Id, address, quote.Currency, quote.Lines, request.PaymentToken, time.GetUtcNow(), flow);
        var progress = order.Flow == Flow.Orchestrated ? chief.Begin(plan, order) : null;
        if (await db.KeepAsync(new(caller.Id, key!, hash, order.Id, order.PlacedAt), Save, ct) is { } winner) return await Again(winner);
        if (progress is not null) chief.Start(order, progress);
        return await Answer(order);

        void Save()
        {
            db.Orders.Add(order);
            if (progress is not null) db.Plans.Add(progress);
            db.Publish(placed);
        }

        async Task<Results<Ok<OrderView>, Accepted<OrderView>, ProblemHttpResult>> Again(IdempotencyKey used) =>
            used.RequestHash.AsSpan().SequenceEqual(hash)
                ? await Answer(await db.Orders.AsNoTracking().SingleAsync(o => o.Id == used.OrderId, ct))
                : Problems.Unprocessable("idempotency-key-reused", "The Idempotency-Key was used for another request.");

        async Task<Results<Ok<OrderView>, Accepted<OrderView>, ProblemHttpResult>> Answer(Order order)
        {
            if (caller.PreferredWait is { } wait)
            {
                http.Response.Headers["Preference-Applied"] = $"wait={wait.TotalSeconds:0}";
                order = await feed.WaitAsync(db, order.Id, o => o.Status != OrderStatus.Placed, wait, ct);
                if (order.Status != OrderStatus.Placed) return TypedResults.Ok(new OrderView(order));
            }
            return TypedResults.Accepted(http.Outside($"/orders/{order.Id}"), new OrderView(order));
        }
    }

    internal static FieldErrors Validate(Request request, string? key, OrderOptions limits)
    {
        var errors = new FieldErrors();
        errors.RequireText(key, IdempotencyKeys.Header, IdempotencyKeys.MaxLength);
        errors.RequireText(request.PaymentToken, "paymentToken", maxLength: 255);
        errors.Require(request.AddressId != Guid.Empty, "addressId", "must be the id of one of the customer's addresses");
        if (!errors.Require(request.Lines.Count > 0, "lines", "must not be empty")
            || !errors.Require(request.Lines.Count <= limits.MaxLines, "lines", $"must be at most {limits.MaxLines}")) return errors;

        foreach (var (i, line) in request.Lines.Index())
        {
            if (!errors.Require(line is not null, $"lines[{i}]", "must not be null")) continue;
            errors.Require(line!.VariantId != Guid.Empty, $"lines[{i}].variantId", "must be a variant's id");
            errors.Require(line.Quantity >= 1 && line.Quantity <= limits.MaxQuantity, $"lines[{i}].quantity", $"must be from 1 to {limits.MaxQuantity}");
        }
        return errors;
    }
}
