using Kampung.Messaging;
using Kampung.ServiceDefaults;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Kampung.Delivery;

/// <summary>
/// An order is to be brought to its customer, once. The chief asks when it is ready, so a rider is looked for; a placed order that nobody leads is held until
/// it is heard of as ready. When it is placed anew, somebody may have missed what came of it: it is said anew.
/// </summary>
static class CreateDelivery
{
    public sealed record Request(Guid OrderId, Guid CustomerId, Address Address, Flow Flow = Flow.Orchestrated, IReadOnlyList<Parcel?>? Parcels = null);

    const int MaxParcels = 1000;

    public static void MapCreateDelivery(this RouteGroupBuilder deliveries) => deliveries.MapPost("", Handle).WithName("CreateDelivery");

    static async Task<Results<Ok<DeliveryView>, ProblemHttpResult>> Handle(Request request, DeliveryDesk desk, CancellationToken ct)
    {
        if (Validate(request) is { Any: true } errors) return errors.Problem();
        var delivery = await desk.ChangeOrAddAsync(request.OrderId,
            (delivery, roster) =>
            [
                .. delivery.Place(request.CustomerId, request.Flow, request.Address, [.. (request.Parcels ?? []).Select(parcel => parcel!)], needsKitchen: false, roster),
                .. delivery.Prepare(roster),
            ], ct);
        return TypedResults.Ok(new DeliveryView(delivery));
    }

    public static Task Hear(OrderPlaced placed, EventContext context)
    {
        if (placed.Flow == Flow.Choreographed)
            context.Services.GetRequiredService<DeliveryDesk>().Note(placed.OrderId, (delivery, roster) =>
                delivery.Placed ? delivery.Told() : delivery.Place(placed.CustomerId, placed.Flow, placed.Address,
                    [.. placed.Lines.Select(line => new Parcel(line.Title, line.Stall, line.Quantity, line.VariantTitle))], placed.Lines.Any(line => line.Kind == "prepared"), roster));
        return Task.CompletedTask;
    }

    static FieldErrors Validate(Request request)
    {
        var errors = new FieldErrors();
        errors.Require(request.OrderId != Guid.Empty, "orderId", "must be an order's id");
        errors.Require(request.CustomerId != Guid.Empty, "customerId", "must be a customer's id");
        errors.RequireText(request.Address.Line1, "address.line1", 200);
        errors.AllowText(request.Address.Line2, "address.line2", 200);
        errors.RequireText(request.Address.City, "address.city", 100);
        errors.AllowText(request.Address.PostalCode, "address.postalCode", 20);
        errors.RequireText(request.Address.Country, "address.country", 100);
        errors.AllowText(request.Address.Label, "address.label", 50);
        var parcels = request.Parcels ?? [];
        if (!errors.Require(parcels.Count <= MaxParcels, "parcels", $"must be at most {MaxParcels}")) return errors;
        foreach (var (i, parcel) in parcels.Index())
        {
            if (!errors.Require(parcel is not null, $"parcels[{i}]", "must not be null")) continue;
            errors.RequireText(parcel!.Title, $"parcels[{i}].title", 1000);
            errors.RequireText(parcel.Stall, $"parcels[{i}].stall", 1000);
            errors.AllowText(parcel.VariantTitle, $"parcels[{i}].variantTitle", 1000);
            errors.Require(parcel.Quantity > 0, $"parcels[{i}].quantity", "must be at least 1");
        }
        return errors;
    }
}
